/**
 * From the group to the folder. A file of the folder is replaced or removed only while it
 * is what it was when it was last published or written: whatever a person did to it
 * meanwhile is taken into the group first.
 */
import { HypertunaError } from '../../../protocol/errors.ts'
import { readEventFacts } from '../../relays/state.ts'
import { LEFT_OUT, NO_PATH } from './export-plan.ts'
import { Paths, conflictPath, localPath } from './names.ts'
import { dropRows, isMass, isUnseen, putRows } from './pass.ts'
import type { Pass } from './pass.ts'
import type { Row } from './table.ts'
import { isUnchanged } from './take-changes.ts'
import type { Head, Tree, TreeFile } from './tree.ts'
import { verifiedBytes } from './verified.ts'

/** Writes what is new or changed in the group, and removes what was deleted there. */
export async function writeChanges(pass: Pass, tree: Tree): Promise<void> {
  const rows = new Map<string, Row[]>()
  const paths = new Paths()
  for (const row of pass.rows.values()) {
    const known = rows.get(row.key)
    if (known === undefined) rows.set(row.key, [row])
    else known.push(row)
    if (!row.absent) paths.hold(row.path)
  }
  for (const path of pass.files.keys()) paths.hold(path)
  await removeDeleted(pass, tree)
  for (const file of tree.values()) {
    checkGoing(pass)
    await new Writing(pass, file, paths).bringInStep(rows.get(file.key) ?? [])
  }
}

function checkGoing({ signal }: Pass): void {
  if (signal.aborted) throw new HypertunaError('CANCELLED', 'It was cancelled')
}

/** One file of the group with its conflict copies. */
class Writing {
  readonly #pass: Pass
  readonly #file: TreeFile
  readonly #paths: Paths

  constructor(pass: Pass, file: TreeFile, paths: Paths) {
    this.#pass = pass
    this.#file = file
    this.#paths = paths
  }

  async bringInStep(rows: Row[]): Promise<void> {
    const [winner, ...others] = this.#file.heads
    if (winner === undefined) return
    const main = rows.find(({ copy }) => !copy) ?? null
    const copies = rows.filter(({ copy }) => copy)
    // Copies first: what the file was is then in the folder before it is replaced.
    for (const head of others) {
      if (copies.some(({ id }) => head.ids.includes(id))) continue
      if (main?.absent === true && head.ids.includes(main.id)) continue
      await this.#writeCopy(head)
    }
    if (main === null) await this.#writeNew(winner)
    else if (!winner.ids.includes(main.id)) await this.#writeOver(main, winner)
    for (const row of copies) {
      if (!others.some(({ ids }) => ids.includes(row.id))) await removeFile(this.#pass, row)
    }
  }

  async #writeNew(head: Head): Promise<void> {
    const path = this.#allowed()
    if (path === null) return
    const free = this.#paths.take(path, head.hash.slice(0, 8))
    if (!(await this.#write(free, head, null, false))) this.#paths.release(free)
  }

  async #writeCopy(head: Head): Promise<void> {
    const path = this.#allowed()
    if (path === null) return
    const who = await this.#pass.nameOf(head.pubkey)
    const free = this.#paths.take(conflictPath(path, who, head.createdAt), head.hash.slice(0, 8))
    if (!(await this.#write(free, head, null, true))) this.#paths.release(free)
  }

  async #writeOver(row: Row, head: Head): Promise<void> {
    if (row.absent && row.path.startsWith('\0')) return this.#writeNew(head)
    if (row.hash === head.hash && !row.absent) {
      await putRows(this.#pass, [{ ...row, id: head.eventId }])
    } else if (row.absent && this.#paths.has(row.path)) this.#pass.again = true
    else await this.#write(row.path, head, row.absent ? null : row, false)
  }

  /** Where the file may lie; null where it may not, which was told. */
  #allowed(): string | null {
    const { skips, folder } = this.#pass
    const path = localPath(this.#file.path)
    if (path === null) skips.add({ path: this.#file.path, reason: NO_PATH })
    else if (folder.rules.has(path)) skips.add({ path, reason: LEFT_OUT })
    else if (isUnseen(this.#pass, path)) skips.add({ path, reason: 'something else is there' })
    else return path
    return null
  }

  /** @param before what lies there now, as we know it; null for nothing */
  async #write(path: string, head: Head, before: Row | null, copy: boolean): Promise<boolean> {
    const { drive, folder, group, signal, skips } = this.#pass
    const { relayKey } = group.relay
    if (!(await drive.has(relayKey, head.hash))) {
      this.#pass.missing++
      this.#pass.wanted.add(head.hash)
      return false
    }
    const obstacle = await folder.obstacle(path)
    if (obstacle !== null) {
      skips.add({ path, reason: obstacle })
      return false
    }
    const ready = async (): Promise<boolean> => {
      const there = await folder.look(path)
      if (before === null) return there === null
      return there !== null && isUnchanged(before, there)
    }
    const bytes = verifiedBytes(drive, relayKey, head.hash, { signal })
    const written = await folder.write(path, bytes, { mtime: head.createdAt, ready })
    if (written === null) {
      this.#pass.again = true
      return false
    }
    const { key } = this.#file
    const row = { ...written, key, id: head.eventId, hash: head.hash, copy, absent: false }
    await putRows(this.#pass, [row])
    return true
  }
}

/** Removes what the group deleted; what went from it in any other way stays. */
async function removeDeleted(pass: Pass, tree: Tree): Promise<void> {
  const { state } = pass.group.relay
  const deleted: Row[] = []
  for (const row of pass.rows.values()) {
    if (tree.has(row.key)) continue
    const facts = await readEventFacts(state, row.id)
    // Of an event that is not in the log (any more), anybody may say that it is deleted.
    const stands = facts !== null && facts.position >= 0
    if (stands && facts.deletions.length > 0) deleted.push(row)
  }
  const present = deleted.filter(({ absent }) => !absent)
  if (isMass(present.length, pass.rows.size) && !pass.acceptDeletions) {
    pass.held = `${present.length} of ${pass.rows.size} files were deleted from the group: they stay in the folder`
    return
  }
  for (const row of deleted) {
    checkGoing(pass)
    await removeFile(pass, row)
  }
}

/** Removes a file that is what we know it as; one that was changed meanwhile stays. */
async function removeFile(pass: Pass, row: Row): Promise<void> {
  const { folder } = pass
  if (!row.absent && (await folder.obstacle(row.path)) === null) {
    const there = await folder.look(row.path)
    if (there !== null && !isUnchanged(row, there)) {
      pass.again = true
      return
    }
    if (there !== null) await folder.del('/' + row.path)
    pass.files.delete(row.path)
  }
  await dropRows(pass, [row.path])
}
