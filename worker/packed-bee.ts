/**
 * What is cached of Hyperbees, outside of V8's heap.
 *
 * Hyperbee keeps each block that it read as three Buffers and a list of numbers for each
 * node in it, some 1,400 bytes; of the memory that a busy worker holds that was a third,
 * and V8 lets four times of what is held gather before it looks for garbage. Here a block is
 * some 300 bytes of a ring, and of its nodes that one is made that is asked for.
 */
import b4a from 'b4a'
import messages from 'hyperbee/lib/messages.js'

import type { FlatCache, Owner } from './flat-cache.ts'

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

/** A node of the tree as it is written. */
interface WrittenLevel {
  readonly keys: readonly { readonly seq: number }[]
  readonly children: readonly { readonly seq: number; readonly offset: number }[]
}

/** Hyperbee's own cache, by the numbers of blocks. */
export interface BeeCache<T> {
  get(seq: number): T | null
  set(seq: number, value: T): void
  /** Forgets what is not among the first so many. */
  gc(length: number): void
  clear(): void
}

/** What stands before the numbers of a level: how many keys, and how many numbers of children. */
const COUNTS = 2
/** What stands before a block: how many numbers, bytes of its key, bytes of its value. */
const SIZES = 3
const WORD = 4
/** Numbers that a word may be. */
const WORDS = 2 ** 32
/** Bytes of a value that is none. */
const NONE = WORDS - 1

/** A block in the cache; Hyperbee takes it for one of its own. */
export class PackedBlock {
  readonly index = null
  readonly key: Uint8Array
  readonly value: Uint8Array | null
  /** Of each level its counts, its keys and its children, one level after the other. */
  readonly numbers: readonly number[]

  constructor(key: Uint8Array, value: Uint8Array | null, numbers: readonly number[]) {
    this.key = key
    this.value = value
    this.numbers = numbers
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

/** What the caches of one kind have in common: records, by whose they are and by number. */
abstract class Kept {
  protected readonly cache: FlatCache
  protected owner: Owner
  #length = 0

  constructor(cache: FlatCache) {
    this.cache = cache
    this.owner = cache.owner()
  }

  gc(length: number): void {
    if (this.#length - length > 128) this.clear()
    else for (let seq = length; seq < this.#length; seq++) this.cache.delete(this.owner, seq)
    this.#length = length
  }

  clear(): void {
    this.owner = this.cache.owner()
  }

  /** @returns where so many words are to be written; -1 when they are not kept */
  protected room(seq: number, words: number): number {
    if (seq >= this.#length) this.#length = seq + 1
    return this.cache.put(this.owner, seq, words)
  }

  protected write(bytes: Uint8Array, at: number): void {
    const memory = this.cache.bytes
    // These are few; to have them copied takes a view of them.
    for (let i = 0; i < bytes.byteLength; i++) memory[at + i] = bytes[i]!
  }

  protected read(at: number, length: number): Uint8Array {
    const made = b4a.allocUnsafe(length)
    const memory = this.cache.bytes
    for (let i = 0; i < length; i++) made[i] = memory[at + i]!
    return made
  }
}

/** A Hyperbee's cache of keys. */
export class KeptKeys extends Kept implements BeeCache<Uint8Array> {
  get(seq: number): Uint8Array | null {
    const at = this.cache.find(this.owner, seq)
    return at < 0 ? null : this.read((at + 1) * WORD, this.cache.words[at]!)
  }

  set(seq: number, key: Uint8Array): void {
    const at = this.room(seq, 1 + Math.ceil(key.byteLength / WORD))
    if (at < 0) return
    this.cache.words[at] = key.byteLength
    this.write(key, (at + 1) * WORD)
  }
}

/** A Hyperbee's cache of blocks. */
export class KeptBlocks extends Kept implements BeeCache<PlainBlock | PackedBlock> {
  get(seq: number): PackedBlock | null {
    const { cache, owner } = this
    const at = cache.find(owner, seq)
    if (at < 0) return null
    const { words } = cache
    const [count, size, length] = [words[at]!, words[at + 1]!, words[at + 2]!]
    const from = at + SIZES
    const numbers = new Array<number>(count)
    for (let i = 0; i < count; i++) numbers[i] = words[from + i]!
    const bytes = (from + count) * WORD
    const value = length === NONE ? null : this.read(bytes + size, length)
    return new PackedBlock(this.read(bytes, size), value, numbers)
  }

  set(seq: number, block: PlainBlock | PackedBlock): void {
    if (block instanceof PackedBlock) return // it came from here
    block.inflated ??= messages.YoloIndex.decode(block.index!)
    const numbers: number[] = []
    for (const { keys, children } of block.inflated.levels) {
      numbers.push(keys.length, children.length, ...keys, ...children)
    }
    // Of a core of somebody else any: what is no word would be another number here.
    if (numbers.some((number) => number >= WORDS)) return this.cache.delete(this.owner, seq)
    const at = this.#begin(seq, block, numbers.length)
    if (at >= 0) this.cache.words.set(numbers, at)
  }

  /** A block that is being written, with its nodes as they are in it. */
  keep(
    seq: number,
    block: Pick<PlainBlock, 'key' | 'value'>,
    levels: readonly WrittenLevel[]
  ): void {
    let count = 0
    for (const { keys, children } of levels) count += COUNTS + keys.length + 2 * children.length
    let at = this.#begin(seq, block, count)
    if (at < 0) return
    const { words } = this.cache
    for (const { keys, children } of levels) {
      words[at++] = keys.length
      words[at++] = 2 * children.length
      for (const key of keys) words[at++] = key.seq
      for (const child of children) {
        words[at++] = child.seq
        words[at++] = child.offset
      }
    }
  }

  /** Writes all but the numbers. @returns where these begin; -1 when it is not kept */
  #begin(seq: number, { key, value }: Pick<PlainBlock, 'key' | 'value'>, count: number): number {
    const length = value?.byteLength ?? 0
    const bytes = key.byteLength + length
    const at = this.room(seq, SIZES + count + Math.ceil(bytes / WORD))
    if (at < 0) return -1
    const { words } = this.cache
    words[at] = count
    words[at + 1] = key.byteLength
    words[at + 2] = value === null ? NONE : length
    const from = at + SIZES
    this.write(key, (from + count) * WORD)
    if (value !== null) this.write(value, (from + count) * WORD + key.byteLength)
    return from
  }
}
