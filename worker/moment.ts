/**
 * Many questions about one moment of a Hyperbee.
 *
 * Hyperbee opens a session of its core for each look-up and goes down the tree from the
 * root anew: five times what the look-up itself costs when it is in memory. Here all of
 * them share one session and the nodes that were seen.
 */
import Hyperbee from 'hyperbee'
import type Hypercore from 'hypercore'

import './guard-bee.ts'
import './let-go-mutex.ts'

type Bee = Hyperbee<string, unknown>
type Node = Hyperbee.Node<string, unknown>
type Range = Parameters<Bee['peek']>[0]

/** Hyperbee's own reader of one snapshot, which it does not export. */
interface Batch extends Hyperbee.Reader<string, unknown> {
  readonly core: Hypercore
  /** Whether a look-up closes the session. */
  isSnapshot: boolean
  ready(): Promise<void>
  getRoot(ensureHeader: boolean): unknown
  createRangeIterator(range: object): Iterator
  close(): Promise<void>
}

interface Iterator {
  open(): Promise<void>
  next(): Promise<Node | null>
  close(): Promise<void>
}

const sample = Hyperbee.prototype.batch.call({ _batches: [] } as never)
const PlainBatch = sample.constructor as new (
  tree: object,
  core: Hypercore,
  lock: null,
  cache: boolean,
  options: object
) => Batch

/**
 * The root is asked for once. By a method, and not by a function that is given to the object:
 * V8 takes those for lasting, and with one of them all that a look-up saw was kept until all
 * memory was looked at.
 */
class Reading extends PlainBatch {
  #root: unknown = null

  constructor(bee: { readonly core: Hypercore }) {
    super(bee, bee.core.snapshot(), null, true, { update: false })
    this.isSnapshot = false
  }

  override getRoot(): unknown {
    return (this.#root ??= super.getRoot(false))
  }
}

/** A reader of how a Hyperbee is now. It remembers what it read: to be closed soon. */
export class Moment implements Hyperbee.Reader<string, unknown> {
  readonly #batch: Batch
  readonly #answers = new Map<string, Promise<Node | null>>()

  constructor(bee: { readonly core: Hypercore }) {
    this.#batch = new Reading(bee)
  }

  get(key: string): Promise<Node | null> {
    let answer = this.#answers.get(key)
    if (answer === undefined) this.#answers.set(key, (answer = this.#batch.get(key)))
    return answer
  }

  peek(range: Range): Promise<Node | null> {
    return this.#batch.peek(range)
  }

  createReadStream(
    range: Range,
    options?: Hyperbee.ReadOptions
  ): AsyncGenerator<Node, void, undefined> & { destroy(): void } {
    const entries = read(this.#batch.createRangeIterator({ ...range, ...options }))
    return Object.assign(entries, { destroy: () => {} }) // nothing is open but the moment itself
  }

  /** Reads no more; what is being read then fails. */
  async close(): Promise<void> {
    await this.#batch.core.close()
    await this.#batch.close() // or the Hyperbee holds it, and all that it read, for as long as it lives
  }
}

/**
 * Does something with how a Hyperbee is now. When what it was is cut off meanwhile, as
 * Autobase does with the end of its views, it is done again with how it is then.
 */
export async function atMoment<T>(
  bee: () => { readonly core: Hypercore },
  work: (moment: Moment) => Promise<T>
): Promise<T> {
  for (let again = 0; ; again++) {
    const moment = new Moment(bee())
    try {
      return await work(moment)
    } catch (err) {
      if (again === AGAIN || !isCutOff(err)) throw err
    } finally {
      await moment.close()
    }
  }
}

const AGAIN = 8

const isCutOff = (err: unknown): boolean =>
  (err as { code?: string } | null)?.code === 'SNAPSHOT_NOT_AVAILABLE'

async function* read(iterator: Iterator): AsyncGenerator<Node, void, undefined> {
  await iterator.open()
  for (;;) {
    const node = await iterator.next()
    if (node === null) return
    yield node
  }
}
