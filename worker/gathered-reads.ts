/**
 * Has reads of a store that are asked for together made together.
 *
 * Hypercore reads each block by itself: of a hundred blocks that are wanted at once each
 * one goes to a thread and back, which costs more than the reading. Here those that are
 * asked for until the program waits for something go as one.
 */
import RocksDB from 'rocksdb-native'

/** How often whatever runs next is let run first: look-ups side by side are not quite in step. */
const TURNS = 32

interface ReadBatch {
  get(key: Uint8Array): Promise<Uint8Array | null>
  tryFlush(): void
  flush(): Promise<void>
  destroy(): void
}

interface Store {
  read(options?: object): ReadBatch
}

type Answer = [key: Uint8Array, resolve: (value: unknown) => void, reject: (err: unknown) => void]

const stores = RocksDB.prototype as unknown as Store
const { read } = stores

/** What a store, or a snapshot of it, is going to be asked. */
interface Gathering {
  batch: ReadBatch
  asked: number
}

const gatherings = new WeakMap<Store, Gathering>()

/** One reader's part of what is asked together. */
class Reads implements ReadBatch {
  readonly #store: Store
  #asked: Answer[] = []
  #destroyed = false

  /** @throws for a store that is closed */
  constructor(store: Store) {
    this.#store = store
    gather(store)
  }

  get(key: Uint8Array): Promise<Uint8Array | null> {
    return new Promise((resolve, reject) => {
      this.#asked.push([key, resolve as (value: unknown) => void, reject])
    })
  }

  tryFlush(): void {
    if (this.#destroyed) throw new Error('Batch is destroyed')
    const asked = this.#asked
    this.#asked = []
    if (asked.length === 0) return
    try {
      const gathering = gather(this.#store)
      gathering.asked += asked.length
      for (const [key, resolve, reject] of asked) gathering.batch.get(key).then(resolve, reject)
    } catch (err) {
      for (const [, , reject] of asked) reject(err) // it was closed since the reading began
    }
  }

  async flush(): Promise<void> {
    const asked = this.#asked.map(([key, resolve, reject], i, all) => {
      return new Promise<void>((done, fail) => {
        all[i] = [
          key,
          (value) => {
            resolve(value)
            done()
          },
          (err) => {
            reject(err)
            fail(err as Error)
          }
        ]
      })
    })
    this.tryFlush()
    await Promise.all(asked)
  }

  destroy(): void {
    this.#destroyed = true
    for (const [, , reject] of this.#asked) reject(new Error('Batch is destroyed'))
    this.#asked = []
  }
}

function gather(store: Store): Gathering {
  const known = gatherings.get(store)
  if (known !== undefined) return known
  const batch = read.call(store, { autoDestroy: true }) // which keeps the store open
  const gathering = { batch, asked: 0 }
  gatherings.set(store, gathering)
  let turns = TURNS
  const turn = (): void => {
    if (turns-- > 0) return queueMicrotask(turn)
    gatherings.delete(store)
    if (gathering.asked > 0) batch.tryFlush()
    else batch.destroy()
  }
  queueMicrotask(turn)
  return gathering
}

stores.read = function (this: Store, options: Record<string, unknown> = {}): ReadBatch {
  const plain = Object.keys(options).every((name) => name === 'autoDestroy' || name === 'capacity')
  return plain && options['autoDestroy'] === true ? new Reads(this) : read.call(this, options)
}
