/**
 * What a folder and its group were last seen to agree on, file by file: by it a change of
 * the one is told from a change of the other. It lies on the disk, because it outlives
 * the process and may be large; without it nothing is lost, and all is compared anew.
 */
import b4a from 'b4a'
import RocksDB from 'rocksdb-native'

import { diskError } from '../../disk-error.ts'
import { makeWithin } from '../../make-within.ts'

export interface Row {
  /** In the folder. */
  path: string
  /** Of the file in the group's tree. */
  key: string
  /** The version that lies in the folder. */
  id: string
  hash: string
  size: number
  /** ms */
  mtime: number
  /** It lies there beside another version, as its conflict copy. */
  copy: boolean
  /** It was deleted here and not in the group: it is not written again. */
  absent: boolean
}

const WRITE_BUFFER = 1024 * 1024
/** Rows that are written at once. */
const BATCH = 1000

type Kept = [
  key: string,
  id: string,
  hash: string,
  size: number,
  mtime: number,
  copy: 0 | 1,
  absent: 0 | 1
]

export class FolderTable {
  readonly #db: RocksDB

  private constructor(db: RocksDB) {
    this.#db = db
  }

  /**
   * @param root the storage directory, which must be there
   * @param dir in it, made when missing
   * @throws STORAGE_*
   */
  static async open(root: string, dir: string): Promise<FolderTable> {
    try {
      await makeWithin(root, dir)
      const columnFamily = new RocksDB.ColumnFamily('default', { writeBufferSize: WRITE_BUFFER })
      const db = new RocksDB(dir, { columnFamily })
      await db.ready()
      return new FolderTable(db)
    } catch (err) {
      throw diskError(err, 'What is known of a folder cannot be opened')
    }
  }

  /** What is known of each of these, over one reading. */
  async getAll(paths: string[]): Promise<(Row | null)[]> {
    const batch = this.#db.read()
    const reading = paths.map((path) => batch.get(b4a.from(path)))
    batch.tryFlush()
    const kept = await Promise.all(reading)
    batch.destroy()
    return kept.map((value, i) => (value === null ? null : rowOf(paths[i]!, value)))
  }

  /** All rows, by path. */
  async *rows(): AsyncGenerator<Row> {
    for await (const { key, value } of this.#db.iterator({ gte: b4a.alloc(0) })) {
      yield rowOf(b4a.toString(key), value)
    }
  }

  async put(rows: Row[]): Promise<void> {
    await this.#change(rows, (batch, { path, key, id, hash, size, mtime, copy, absent }) => {
      const kept: Kept = [key, id, hash, size, mtime, copy ? 1 : 0, absent ? 1 : 0]
      batch.tryPut(b4a.from(path), b4a.from(JSON.stringify(kept)))
    })
  }

  async delete(paths: string[]): Promise<void> {
    await this.#change(paths, (batch, path) => batch.tryDelete(b4a.from(path)))
  }

  async close(): Promise<void> {
    await this.#db.close()
  }

  async #change<T>(all: T[], change: (batch: RocksDB.WriteBatch, one: T) => void): Promise<void> {
    try {
      for (let at = 0; at < all.length; at += BATCH) {
        const batch = this.#db.write({ autoDestroy: true })
        for (const one of all.slice(at, at + BATCH)) change(batch, one)
        await batch.flush()
      }
    } catch (err) {
      throw diskError(err, 'What is known of a folder cannot be written')
    }
  }
}

function rowOf(path: string, value: Uint8Array): Row {
  const kept = JSON.parse(b4a.toString(value)) as Kept
  const [key, id, hash, size, mtime, copy, absent] = kept
  return { path, key, id, hash, size, mtime, copy: copy === 1, absent: absent === 1 }
}
