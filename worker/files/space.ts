import { statfs } from 'bare-fs/promises'
import { HypertunaError } from '../../protocol/errors.ts'
import { diskError } from '../disk-error.ts'

/**
 * What stays free whatever is stored: the store's own write buffers and logs need
 * room, and once a write has failed it takes no other until it is opened again.
 */
export const SPARE_BYTES = 128 * 1024 * 1024

/** A file's share of the disk while it is written and compacted, over its own size. */
const NEED = 1.5

/** How long an answer about free space is good enough for small files, in ms. */
const FRESH = 1000

/** Says no before a file is begun that the disk cannot hold. */
export class Space {
  readonly dir: string
  #promised = 0
  #seen = { free: 0, at: -FRESH }

  constructor(dir: string) {
    this.dir = dir
  }

  /**
   * Sets room aside for a file of `size` bytes.
   *
   * @throws STORAGE_FULL with `details` `free` and `needed`, in bytes
   */
  async reserve(size: number): Promise<Reservation> {
    const reservation = new Reservation(this, (bytes) => (this.#promised += bytes))
    await reservation.grow(size)
    return reservation
  }

  /** @throws STORAGE_FULL unless `bytes` more fit beside all that was promised */
  async check(bytes: number): Promise<void> {
    const free = await this.#free(bytes > 1024 * 1024)
    const needed = bytes + this.#promised + SPARE_BYTES
    if (free >= needed) return
    const message = `The disk is too full: ${megabytes(needed)} are needed and ${megabytes(free)} are free`
    throw new HypertunaError('STORAGE_FULL', message, { details: { free, needed } })
  }

  /** Bytes free for us on the disk now. */
  async #free(exact: boolean): Promise<number> {
    if (!exact && Date.now() - this.#seen.at < FRESH) return this.#seen.free
    try {
      const { bavail, bsize } = (await statfs(this.dir)) as unknown as {
        bavail: number
        bsize: number
      }
      this.#seen = { free: bavail * bsize, at: Date.now() }
    } catch (err) {
      throw diskError(err, `The free space of ${this.dir} cannot be read`)
    }
    return this.#seen.free
  }
}

/** Room set aside for one file. */
export class Reservation {
  readonly #space: Space
  readonly #promise: (bytes: number) => void
  #size = 0
  #held = 0

  constructor(space: Space, promise: (bytes: number) => void) {
    this.#space = space
    this.#promise = promise
  }

  /** Makes it hold for a file of `size` bytes in all; others may have filled the disk meanwhile. */
  async grow(size: number): Promise<void> {
    const more = Math.max(0, Math.ceil((size - this.#size) * NEED))
    await this.#space.check(more)
    this.#size = Math.max(size, this.#size)
    this.#held += more
    this.#promise(more)
  }

  /** `bytes` of it are on the disk now, and no longer among what is free. */
  use(bytes: number): void {
    const used = Math.min(bytes, this.#held)
    this.#held -= used
    this.#promise(-used)
  }

  release(): void {
    this.use(this.#held)
  }
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6)} MB`
}
