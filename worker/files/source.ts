import { open, stat } from 'bare-fs/promises'
import { HypertunaError } from '../../protocol/errors.ts'
import { fill } from '../file-handle.ts'
import type { FileHandle } from '../file-handle.ts'

const CHUNK_SIZE = 1024 * 1024
/** One being read, one held back, and two in an append that is under way. */
const BUFFERS = 4

/**
 * Pulls chunks from a source, and can be stopped while the source is silent.
 * A source fails with its own error; what is not ours becomes SOURCE_UNREADABLE.
 */
export class SourceReader {
  readonly #chunks: AsyncIterator<Uint8Array>
  readonly #onstop: (err: unknown) => void
  #pending: Promise<Uint8Array | null> | null = null
  #reject: ((err: HypertunaError) => void) | null = null
  #stopped: HypertunaError | null = null
  #done = false

  /** @param onstop told when the source fails to close */
  constructor(source: AsyncIterable<Uint8Array>, onstop: (err: unknown) => void) {
    this.#chunks = source[Symbol.asyncIterator]()
    this.#onstop = onstop
  }

  /** The next chunk, or null at the end. */
  next(): Promise<Uint8Array | null> {
    const pending = this.#pending ?? this.#pull()
    this.#pending = null
    return pending
  }

  /** Whether the next chunk is still not here after `ms`; it is asked for, not taken. */
  isStalled(ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(true), ms)
      const came = (): void => {
        clearTimeout(timer)
        resolve(false)
      }
      this.#pending ??= this.#pull()
      this.#pending.then(came, came)
    })
  }

  /** Ends the reading with `err`: at once for whoever waits, and the source is told to close. */
  stop(err: HypertunaError): void {
    this.#stopped ??= err
    this.#reject?.(this.#stopped)
    this.close()
  }

  /** Tells the source that no more is wanted. */
  close(): void {
    if (this.#done) return
    this.#done = true
    // A silent source may never answer, so nobody waits for it.
    this.#chunks.return?.().catch(this.#onstop)
  }

  async #pull(): Promise<Uint8Array | null> {
    try {
      const step = await new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
        if (this.#stopped !== null) return reject(this.#stopped)
        this.#reject = reject
        this.#chunks.next().then(resolve, reject)
      })
      if (step.done === true) this.#done = true
      return step.done === true ? null : step.value
    } catch (err) {
      if (err !== this.#stopped) this.#done = true
      if (err instanceof HypertunaError) throw err
      throw HypertunaError.from(err, 'SOURCE_UNREADABLE')
    } finally {
      this.#reject = null
    }
  }
}

/** A file on this computer that is being stored. */
export interface LocalFile {
  size: number
  /** 1 MiB at a time. The buffers are used again: at most two chunks back stay valid. */
  bytes: AsyncIterable<Uint8Array>
  /** @throws SOURCE_CHANGED when the file is not what it was on opening */
  checkUnchanged(): Promise<void>
  close(): Promise<void>
}

/**
 * Opens a regular file for storing.
 *
 * @throws SOURCE_UNREADABLE for what is not there, not a file, or not ours to read
 */
export async function openLocalFile(path: string): Promise<LocalFile> {
  try {
    // Before opening: opening a pipe would wait for its other end.
    if (!(await stat(path)).isFile()) throw new Error('It is not a regular file')
    const file = await open(path, 'r')
    const before = await file.stat()
    return {
      size: before.size,
      bytes: readAll(file, before.size),
      close: () => file.close(),
      checkUnchanged: async () => {
        if (!isSame(before, await file.stat()) || !isSame(before, await statOrNull(path))) {
          throw changed()
        }
      }
    }
  } catch (err) {
    const message = `The file cannot be read: ${(err as Error).message}`
    throw new HypertunaError('SOURCE_UNREADABLE', message, { cause: err })
  }
}

type Stats = Awaited<ReturnType<typeof stat>>

async function* readAll(file: FileHandle, size: number): AsyncGenerator<Uint8Array> {
  const buffers: Uint8Array[] = []
  let seen = 0
  for (let i = 0; ; i++) {
    // One byte more than the file has, so that the last read also finds its end.
    const length = Math.min(CHUNK_SIZE, size + 1)
    const buffer = (buffers[i % BUFFERS] ??= new Uint8Array(length))
    const filled = await fill(file, buffer)
    seen += filled
    if (seen > size) throw changed()
    if (filled > 0) yield buffer.subarray(0, filled)
    if (filled < buffer.byteLength) break
  }
  if (seen !== size) throw changed()
}

async function statOrNull(path: string): Promise<Stats | null> {
  try {
    return await stat(path)
  } catch {
    return null // gone, which is a change like any other
  }
}

function isSame(a: Stats, b: Stats | null): boolean {
  if (b === null) return false
  const { ino, size, mtimeMs, ctimeMs } = a
  return b.ino === ino && b.size === size && b.mtimeMs === mtimeMs && b.ctimeMs === ctimeMs
}

function changed(): HypertunaError {
  return new HypertunaError(
    'SOURCE_CHANGED',
    'The file changed while it was being read: try again once it rests'
  )
}
