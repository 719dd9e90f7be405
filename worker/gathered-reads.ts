/**
 * Has reads of a store that are asked for together made together.
 *
 * Hypercore reads each block by itself: of a hundred blocks that are wanted at once each
 * one goes to a thread and back, which costs more than the reading. Here those that are
 * asked for until the program waits for something go as one.
 */
import RocksDB from 'rocksdb-native'

import { makeAside } from '../protocol/aside.ts'
import { RecentWrites } from './recent-writes.ts'
import type { Operation, Writing } from './recent-writes.ts'

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
  write(options?: object): WriteBatch
  readonly _snapshot: object | null
  readonly _columnFamily: object
  readonly _keyEncoding: object | null
  readonly _valueEncoding: object | null
  readonly _state: { readonly io: { isIdle(): boolean } }
}

interface WriteBatch {
  readonly _db: Store
  readonly _operations: Operation[]
  _flush(): Promise<void>
  /** However it ended. */
  _onfinished(err: unknown): void
}

type Answer = [key: Uint8Array, resolve: (value: unknown) => void, reject: (err: unknown) => void]

const stores = RocksDB.prototype as unknown as Store
const { read, write } = stores

/** What was written a moment ago, to where Hypercores are: by their part of a store. */
const recents = makeAside<object, RecentWrites>()
const writings = makeAside<WriteBatch, [RecentWrites, Writing] | null>()

/** Of a moment that was kept nothing that was written since is to be seen. */
function recentOf(store: Store): RecentWrites | null {
  if (store._snapshot !== null || store._keyEncoding !== null || store._valueEncoding !== null) {
    return null
  }
  const known = recents.get(store._columnFamily)
  if (known !== undefined) return known
  if (!store._state.io.isIdle()) return null // what is being written now was not seen to begin
  const made = new RecentWrites()
  recents.set(store._columnFamily, made)
  return made
}

/** What a store, or a snapshot of it, is going to be asked. */
interface Gathering {
  batch: ReadBatch
  asked: number
}

const gatherings = makeAside<Store, Gathering | null>()

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
      const recent = recentOf(this.#store)
      const quiet = recent?.quiet ?? null
      for (const [key, resolve, reject] of asked) {
        const known = recent?.get(key)
        if (known !== undefined) {
          resolve(known)
          continue
        }
        gathering.asked++
        const reading = gathering.batch.get(key)
        if (recent === null || quiet === null) reading.then(resolve, reject)
        else {
          reading.then((value) => {
            recent.found(key, value, quiet)
            resolve(value)
          }, reject)
        }
      }
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
  if (known) return known
  const batch = read.call(store, { autoDestroy: true }) // which keeps the store open
  const gathering = { batch, asked: 0 }
  gatherings.set(store, gathering)
  let turns = TURNS
  const turn = (): void => {
    if (turns-- > 0) return queueMicrotask(turn)
    gatherings.set(store, null)
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

let isWatched = false

stores.write = function (this: Store, options): WriteBatch {
  const batch = write.call(this, options)
  if (!isWatched) watch(Object.getPrototypeOf(batch) as WriteBatch)
  isWatched = true
  return batch
}

/** Rocksdb-native does not export what it writes with. */
function watch(batches: WriteBatch): void {
  const { _flush, _onfinished } = batches
  batches._flush = function (this: WriteBatch) {
    const recent = recents.get(this._db._columnFamily)
    if (recent !== undefined) writings.set(this, [recent, recent.begin(this._operations)])
    return _flush.call(this)
  }
  batches._onfinished = function (this: WriteBatch, err) {
    const [recent, writing] = writings.get(this) ?? []
    writings.set(this, null)
    if (recent !== undefined && writing !== undefined) recent.ended(writing, !err)
    _onfinished.call(this, err)
  }
}
