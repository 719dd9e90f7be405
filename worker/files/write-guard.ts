import { open, statfs, unlink } from 'bare-fs/promises'
import { join } from 'bare-path'
import { HypertunaError } from '../../protocol/errors.ts'
import type { ErrorCode } from '../../protocol/errors.ts'
import { diskErrorCode } from '../disk-error.ts'
import { writeAll } from '../file-handle.ts'

/** Below this many free bytes a write that failed without a reason failed for want of space. */
const NO_SPACE = 16 * 1024 * 1024

const MESSAGES: Partial<Record<ErrorCode, string>> = {
  STORAGE_FULL: 'The disk is full: make room, and it goes on by itself',
  STORAGE_READONLY: 'The disk can only be read: make it writable, and it goes on by itself',
  STORAGE_DENIED: 'The storage may not be written: mend its permissions, and it goes on by itself'
}

/**
 * Watches over writes to the drive. The store says no reason when one fails, and
 * takes no other until it is opened again: so the first failure gets a code here,
 * and every later write is refused with it at once.
 */
export class WriteGuard {
  readonly #dir: string
  readonly #onfailure: (err: HypertunaError) => void
  #failure: HypertunaError | null = null
  #held: Promise<void> | null = null

  /** @param dir a folder on the same disk as the store, for the probes */
  constructor(dir: string, onfailure: (err: HypertunaError) => void) {
    this.#dir = dir
    this.#onfailure = onfailure
  }

  /** The failure that ended all writing, if there was one. */
  get failure(): HypertunaError | null {
    return this.#failure
  }

  /** Refuses every later write because of `err`. */
  fail(err: HypertunaError): void {
    if (this.#failure !== null) return
    this.#failure = err
    this.#onfailure(err)
  }

  /** @throws the failure that ended all writing */
  check(): void {
    if (this.#failure !== null) throw this.#failure
  }

  /** Lets no write begin before this is resolved, and none at all if it is rejected. */
  hold(until: Promise<void>): void {
    this.#held = until
    until.then(
      () => (this.#held = null),
      () => {} // it stays, and whoever writes is told why
    )
  }

  /** Runs a write to the store. Errors of ours pass; any other ends all writing. */
  async run<T>(write: () => Promise<T>): Promise<T> {
    if (this.#held !== null) await this.#held
    return this.runNow(write)
  }

  /** The same for what contradicts nobody's copy of the drive: it waits for nothing. */
  async runNow<T>(write: () => Promise<T>): Promise<T> {
    this.check()
    try {
      return await write()
    } catch (err) {
      if (err instanceof HypertunaError) throw err
      if ((err as { code?: unknown }).code === 'SESSION_CLOSED') {
        throw new HypertunaError('CLOSED', 'The drive was closed', { cause: err })
      }
      this.fail(await this.#explain(err))
      throw this.#failure
    }
  }

  async #explain(err: unknown): Promise<HypertunaError> {
    const code = diskErrorCode(err) ?? (await this.#probe()) ?? 'STORAGE_FAILED'
    const message =
      MESSAGES[code] ?? 'The storage takes no more writes: it is opened again in a moment'
    return new HypertunaError(code, message, { cause: err })
  }

  /** What keeps this folder from being written, found out by trying. */
  async #probe(): Promise<ErrorCode | null> {
    try {
      const { bavail, bsize } = (await statfs(this.#dir)) as unknown as {
        bavail: number
        bsize: number
      }
      if (bavail * bsize < NO_SPACE) return 'STORAGE_FULL'
      const path = join(this.#dir, 'probe')
      const file = await open(path, 'w', 0o600)
      await writeAll(file, Buffer.from('probe'))
      await file.close()
      await unlink(path)
      return null
    } catch (err) {
      return diskErrorCode(err)
    }
  }
}
