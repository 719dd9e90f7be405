import type { FileRecord } from '../protocol/file-event.ts'

const KEPT = 8192

/**
 * Trees of files that this gateway has hashed itself, whole, by their sha256: for records
 * that name none. A member's word for the tree of somebody else's file is not taken: with
 * it any member could put other bytes into parts of the file.
 */
export class Measured {
  readonly #roots = new Map<string, { piecesRoot: string; size: number }>()

  set({ hash, size, piecesRoot }: { hash: string; size: number; piecesRoot: string }): void {
    this.#roots.delete(hash)
    this.#roots.set(hash, { size, piecesRoot })
    for (const oldest of this.#roots.keys()) {
      if (this.#roots.size <= KEPT) break
      this.#roots.delete(oldest)
    }
  }

  /**
   * A record with the tree of its file, where it is known.
   *
   * @param isSized - whether its event tells the size; else what was measured counts
   */
  complete(record: FileRecord, isSized = true): FileRecord {
    if (record.piecesRoot !== null) return record
    const known = this.#roots.get(record.hash)
    if (known === undefined || (isSized && known.size !== record.size)) return record
    const completed = { ...record, ...known }
    this.set(completed) // the last one used goes last
    return completed
  }
}
