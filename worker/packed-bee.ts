/**
 * What is cached of Hyperbees, in few and small objects.
 *
 * Hyperbee keeps each block that it read as three Buffers and a list of numbers for each
 * node in it, some 1,400 bytes; of the memory that a busy worker holds that was a third,
 * and V8 lets four times of what is held gather before it looks for garbage. Here a block is
 * two texts and one list, and of its nodes that one is made that is asked for.
 */
import b4a from 'b4a'
import messages from 'hyperbee/lib/messages.js'

/** A node of the tree as Hyperbee has it in a block: places of keys, and of children by twos. */
export interface PlainLevel {
  keys: number[]
  children: number[]
}

/** A block as Hyperbee hands it to its cache. */
export interface PlainBlock {
  key: Uint8Array
  value: Uint8Array | null
  index: Uint8Array | null
  inflated: { levels: PlainLevel[] } | null
}

interface Key {
  seq: number
  value: Uint8Array | null
}

interface Child {
  seq: number
  offset: number
  value: null
}

interface Level {
  keys: Key[]
  children: Child[]
}

/** Hyperbee's own cache, by the numbers of blocks. */
export interface BeeCache<T> {
  get(seq: number): T | null
  set(seq: number, value: T): void
}

/** What stands before the numbers of a level: how many keys, and how many numbers of children. */
const COUNTS = 2

const textOf = (bytes: Uint8Array): string => b4a.toString(bytes, 'latin1')
const bytesOf = (text: string): Uint8Array => b4a.from(text, 'latin1')

/** A block in the cache; Hyperbee takes it for one of its own. */
export class PackedBlock {
  readonly index = null
  /** Of each level its counts, its keys and its children, one level after the other. */
  readonly numbers: number[]
  readonly #key: string
  readonly #value: string | null

  constructor(key: string, value: Uint8Array | null, levels: readonly PlainLevel[]) {
    this.#key = key
    this.#value = value === null ? null : textOf(value)
    const size = levels.reduce((sum, { keys, children }) => {
      return sum + COUNTS + keys.length + children.length
    }, 0)
    const numbers = new Array<number>(size)
    let at = 0
    for (const { keys, children } of levels) {
      numbers[at++] = keys.length
      numbers[at++] = children.length
      for (const seq of keys) numbers[at++] = seq
      for (const place of children) numbers[at++] = place
    }
    this.numbers = numbers
  }

  get key(): Uint8Array {
    return bytesOf(this.#key)
  }

  get value(): Uint8Array | null {
    return this.#value === null ? null : bytesOf(this.#value)
  }

  /** As Hyperbee would have it. */
  get inflated(): { levels: PlainLevel[] } {
    const levels = new Levels(this).levels.map(({ keys, children }) => ({
      keys: keys.map(({ seq }) => seq),
      children: children.flatMap(({ seq, offset }) => [seq, offset])
    }))
    return { levels }
  }
}

/** The nodes of a block, each made when it is asked for and the same from then on. */
export class Levels {
  readonly #numbers: readonly number[]
  readonly #made: (Level | undefined)[] = []

  constructor({ numbers }: PackedBlock) {
    this.#numbers = numbers
  }

  get(offset: number): Level | undefined {
    return (this.#made[offset] ??= this.#make(offset))
  }

  get levels(): Level[] {
    const levels: Level[] = []
    for (let level = this.get(0); level !== undefined; level = this.get(levels.length)) {
      levels.push(level)
    }
    return levels
  }

  hasKey(seq: number): boolean {
    return this.levels.some(({ keys }) => keys.some((key) => key.seq === seq))
  }

  #make(offset: number): Level | undefined {
    const numbers = this.#numbers
    let at = 0
    for (let level = 0; level < offset && at < numbers.length; level++) {
      at += COUNTS + numbers[at]! + numbers[at + 1]!
    }
    if (at >= numbers.length) return undefined
    const children = at + COUNTS + numbers[at]!
    const end = children + numbers[at + 1]!
    const made: Level = { keys: [], children: [] }
    for (at += COUNTS; at < children; at++) made.keys.push({ seq: numbers[at]!, value: null })
    for (; at < end; at += 2) {
      made.children.push({ seq: numbers[at]!, offset: numbers[at + 1]!, value: null })
    }
    return made
  }
}

/** Makes a Hyperbee's cache of keys one that keeps texts. */
export function packKeys(
  cache: object
): BeeCache<Uint8Array> & { keep(seq: number, key: string): void } {
  const { get, set } = cache as BeeCache<string>
  return Object.assign(cache, {
    get(seq: number): Uint8Array | null {
      const key = get.call(cache, seq)
      return key === null ? null : bytesOf(key)
    },
    set: (seq: number, key: Uint8Array) => set.call(cache, seq, textOf(key)),
    keep: (seq: number, key: string) => set.call(cache, seq, key)
  })
}

/** Makes a Hyperbee's cache of blocks one that keeps them packed. */
export function packBlocks(cache: object): BeeCache<PlainBlock | PackedBlock> {
  const { set } = cache as BeeCache<PackedBlock>
  return Object.assign(cache as BeeCache<PlainBlock | PackedBlock>, {
    set(seq: number, block: PlainBlock | PackedBlock) {
      set.call(cache, seq, block instanceof PackedBlock ? block : packed(block))
    }
  })
}

function packed(block: PlainBlock): PackedBlock {
  block.inflated ??= messages.YoloIndex.decode(block.index!)
  return new PackedBlock(textOf(block.key), block.value, block.inflated.levels)
}
