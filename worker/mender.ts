/**
 * Watches the storage, and goes on by itself when one that failed is mended.
 *
 * The store takes no write after one that failed until it is opened again, so after a
 * failure the folder is tried from time to time, and once a file can be written there
 * everything is closed and opened anew. Until then what can be read is served. A folder
 * that went away, or lies on another disk than before, counts as a failure as well.
 */
import { open, stat, statfs, unlink } from 'bare-fs/promises'
import { join } from 'bare-path'

import { HypertunaError } from '../protocol/errors.ts'
import { diskError, isSystemCode } from './disk-error.ts'
import { writeAll } from './file-handle.ts'
import { SPARE_BYTES } from './files/space.ts'
import type { Log } from './log.ts'
import { storageGone } from './make-within.ts'

export interface MenderOptions {
  storage: string
  /** Closes everything and opens it again; throws what is still wrong. */
  reopen(): Promise<void>
  /** Something is wrong that nobody ran into yet. */
  onfailure(problem: HypertunaError): void
  /** The disk has too little room for more files; null when it has enough again. */
  onspace(problem: HypertunaError | null): void
  log: Log
  /** How long is waited between two tries, in ms: at first, and at most. */
  wait?: { first: number; longest: number }
  /** How often the folder is looked at while all is well, in ms. */
  watch?: number
}

const WAIT = { first: 5_000, longest: 60_000 }
const WATCH = 10_000
/** Whoever fails again sooner than this waits longer and longer, in ms. */
const WELL = 5 * 60_000
/** What the store needs to write at all. */
const ROOM = 48 * 1024 * 1024
const PROBE = '.probe'
/** Without these the folder is not the one that was opened. */
const PARTS = ['relay-config.json', 'identity.json', join('corestore', 'db', 'CURRENT')]

export class Mender {
  readonly #options: MenderOptions
  readonly #wait: { first: number; longest: number }
  #watching: ReturnType<typeof setInterval> | null = null
  #mending: Promise<void> | null = null
  #wake: (() => void) | null = null
  #closing = false
  #pause: number
  #mendedAt = 0
  #looking = false
  #isFull = false
  /** Where the folder was when it was opened; null before it ever was. */
  #place: string | null = null

  constructor(options: MenderOptions) {
    this.#options = options
    this.#wait = options.wait ?? WAIT
    this.#pause = this.#wait.first
  }

  /** All is open: from now on it is watched. */
  async watch(): Promise<void> {
    this.#place = await placeOf(this.#options.storage)
    this.#mendedAt = Date.now()
    this.#watching ??= setInterval(() => void this.#look(), this.#options.watch ?? WATCH)
  }

  /**
   * The storage failed: it is tried until it works. Saying so twice is saying it once.
   * @param pause how long is waited before the first try, in ms
   */
  begin(pause: number | null = null): void {
    if (this.#closing || this.#mending !== null) return
    if (Date.now() - this.#mendedAt > WELL) this.#pause = this.#wait.first
    if (pause !== null) this.#pause = pause
    this.#mending = this.#mend().finally(() => (this.#mending = null))
  }

  async close(): Promise<void> {
    this.#closing = true
    if (this.#watching !== null) clearInterval(this.#watching)
    this.#wake?.()
    await this.#mending
  }

  async #mend(): Promise<void> {
    const { storage, reopen, onfailure, log } = this.#options
    // Whoever ran into it first says how it failed, and not why.
    if (await this.#diagnose()) {
      await probe(storage, this.#place !== null).catch((err: unknown) => {
        if (!this.#closing) onfailure(HypertunaError.from(err, 'STORAGE_FAILED'))
      })
    }
    while (!this.#closing) {
      await this.#sleep(this.#pause)
      if (this.#closing) return
      this.#pause = Math.min(2 * this.#pause || this.#wait.first, this.#wait.longest)
      try {
        await probe(storage, this.#place !== null)
        await reopen()
        log('storage-mended', {})
        return
      } catch (err) {
        const { code } = HypertunaError.from(err)
        log('storage-not-mended', { code })
      }
    }
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  async #look(): Promise<void> {
    if (this.#looking || this.#mending !== null || this.#closing) return
    this.#looking = true
    if (await this.#diagnose()) {
      try {
        this.#tellRoom(await freeBytes(this.#options.storage))
      } catch (err) {
        if (!this.#closing) this.#options.onfailure(gone(this.#options.storage, err))
      }
    }
    this.#looking = false
  }

  /** Whether the folder is where it was; says so when it is not. Never rejects. */
  async #diagnose(): Promise<boolean> {
    if (this.#place === null) return true
    const { storage, onfailure } = this.#options
    try {
      if ((await placeOf(storage)) !== this.#place) throw elsewhere()
      return true
    } catch (err) {
      if (!this.#closing) onfailure(gone(storage, err))
      return false
    }
  }

  #tellRoom(free: number): void {
    const isFull = free < SPARE_BYTES
    if (isFull === this.#isFull) return
    this.#isFull = isFull
    this.#options.onspace(isFull ? tooFull(free) : null)
  }
}

/** Which file of which disk holds the store: another one after a folder was replaced. */
async function placeOf(storage: string): Promise<string> {
  // These must be there, and are replaced now and then, by the store or by us.
  for (const part of PARTS) await stat(join(storage, part))
  const { dev, ino } = await stat(join(storage, 'corestore', 'db'))
  return `${dev}/${ino}`
}

/**
 * Tries whether the folder can be written.
 *
 * @param wasOpen whether the folder was open before: then what it held must be there
 * @throws STORAGE_*
 */
async function probe(storage: string, wasOpen: boolean): Promise<void> {
  try {
    if (wasOpen) for (const part of PARTS) await stat(join(storage, part))
    const free = await freeBytes(storage)
    if (free < ROOM) throw tooFull(free)
    const path = join(storage, PROBE)
    const file = await open(path, 'w', 0o600)
    try {
      await writeAll(file, Buffer.alloc(64 * 1024))
      await file.sync()
    } finally {
      await file.close()
      await unlink(path)
    }
  } catch (err) {
    // What was never opened may be missing: opening it says so better.
    if (!wasOpen && isSystemCode(err, 'ENOENT')) return
    throw gone(storage, err)
  }
}

async function freeBytes(dir: string): Promise<number> {
  const { bavail, bsize } = (await statfs(dir)) as unknown as { bavail: number; bsize: number }
  return bavail * bsize
}

function gone(storage: string, err: unknown): HypertunaError {
  if (!isSystemCode(err, 'ENOENT') && !isSystemCode(err, 'ENOTDIR')) {
    return diskError(err, `${storage} cannot be used`)
  }
  return storageGone(storage, err)
}

const elsewhere = (): HypertunaError =>
  new HypertunaError('STORAGE_MOVED', 'The storage was replaced: it is opened again')

function tooFull(free: number): HypertunaError {
  const message = `The disk is full: ${Math.floor(free / 1e6)} MB are free, and nothing more is stored. Make room, and it goes on by itself`
  return new HypertunaError('STORAGE_FULL', message, { details: { free, needed: SPARE_BYTES } })
}
