/**
 * How much may be kept: on this device in all, and of each relay. When there is no room, a
 * file that others provably hold may go for a newer one, or for one that a person wants;
 * a pinned file never does, nor one that only we are known to have.
 */
import { HypertunaError } from '../../protocol/errors.ts'
import type { Drive } from './drive.ts'
import type { SyncedFile } from './synced-file.ts'

/** How long a list of what may go is good for, in ms. */
const FRESH = 5000

/** One relay's files, as the quota sees them. */
export interface Kept {
  readonly relayKey: string
  readonly files: ReadonlyMap<string, SyncedFile>
  /** Bytes that are here. */
  readonly bytes: number
  /** Other members. */
  readonly others: number
  /** How many others must have proved that they hold a file, where there are as many. */
  readonly copies: number
  /** Bytes it may have; null for any number. */
  quotaBytes: number | null
  /** How many other members' drives proved by challenge that they hold the file. */
  proven(hash: string): number
  /** Takes a file off this device, and says so to the others. */
  release(hash: string): Promise<void>
}

interface Victim {
  kept: Kept
  hash: string
  size: number
  createdAt: number
}

/** Who wants room, and how much that counts. */
export interface Wish {
  size: number
  createdAt: number
  /** A person wants it here. */
  asked: boolean
}

/** Bytes that are too many, of all relays and of one. */
interface Missing {
  device: number
  relay: number
}

/** Before this everything may go that others hold. */
const ANY: Wish = { size: 0, createdAt: 0, asked: true }
/** Files that go at once, at most. */
const TRIMMED = 500

export class Quota {
  /** For the device; null for any number of bytes. */
  deviceBytes: number | null = null
  readonly #drive: Pick<Drive, 'blobUsage'>
  /** Bytes of what is being fetched now, for each relay. */
  readonly #promised = new Map<Kept, number>()
  #used = 0
  #victims: { list: Victim[]; at: number } = { list: [], at: -FRESH }

  constructor(drive: Pick<Drive, 'blobUsage'>) {
    this.#drive = drive
  }

  add(kept: Kept): void {
    this.#promised.set(kept, 0)
  }

  remove(kept: Kept): void {
    this.#promised.delete(kept)
  }

  /** Bytes that are in the drive, as of the last look. */
  get used(): number {
    return this.#used
  }

  /** Looks at what the drive holds, if it matters. */
  async look(): Promise<void> {
    if (this.deviceBytes === null) return
    this.#used = (await this.#drive.blobUsage()).bytes
  }

  /** Whether there is room for a file, or can be. */
  hasRoom(kept: Kept, wish: Wish): boolean {
    const missing = this.#missing(kept, wish.size)
    if (missing.device <= 0 && missing.relay <= 0) return true
    return this.#choose(kept, wish, missing) !== null
  }

  /**
   * Sets room aside, by letting go of others if it must be. Returns what gives it back.
   * @throws STORAGE_FULL when there is none
   */
  async reserve(kept: Kept, wish: Wish): Promise<() => void> {
    const missing = this.#missing(kept, wish.size)
    const fits = missing.device <= 0 && missing.relay <= 0
    const victims = fits ? [] : this.#choose(kept, wish, missing)
    if (victims === null) throw noRoom()
    this.#promise(kept, wish.size) // before anything goes: the room is not for others
    let held = true
    const giveBack = (): void => {
      if (held) this.#promise(kept, -wish.size)
      held = false
    }
    try {
      for (const victim of victims) await victim.kept.release(victim.hash)
      if (victims.length > 0) await this.look()
    } catch (err) {
      giveBack()
      throw err
    } finally {
      if (victims.length > 0) this.#victims.at = -FRESH
    }
    return giveBack
  }

  /**
   * Lets the oldest files go that are too many since a quota was lowered, or since others took
   * so long to prove that they hold them; some of them, the others the next time.
   */
  async trim(kept: Kept): Promise<void> {
    const missing = this.#missing(kept, 0)
    if (missing.device <= 0 && missing.relay <= 0) return
    this.#victims.at = -FRESH // those that a face pinned a moment ago are not among them
    const { chosen } = this.#collect(kept, ANY, missing)
    for (const { kept: from, hash } of chosen.slice(0, TRIMMED)) await from.release(hash)
    this.#victims.at = -FRESH
    if (chosen.length > 0) await this.look()
  }

  #promise(kept: Kept, bytes: number): void {
    const before = this.#promised.get(kept)
    if (before !== undefined) this.#promised.set(kept, before + bytes)
  }

  /** Bytes that are too many, once `size` more are here. */
  #missing(kept: Kept, size: number): Missing {
    const device = this.deviceBytes ?? Infinity
    const relay = kept.quotaBytes ?? Infinity
    let promised = 0
    for (const bytes of this.#promised.values()) promised += bytes
    return {
      device: this.#used + promised + size - device,
      relay: kept.bytes + (this.#promised.get(kept) ?? 0) + size - relay
    }
  }

  /** The oldest files that make enough room; null when there are not enough of them. */
  #choose(kept: Kept, wish: Wish, missing: Missing): Victim[] | null {
    const { chosen, isEnough } = this.#collect(kept, wish, missing)
    return isEnough ? chosen : null
  }

  #collect(kept: Kept, wish: Wish, missing: Missing): { chosen: Victim[]; isEnough: boolean } {
    const chosen: Victim[] = []
    let { device, relay } = missing
    for (const victim of this.#oldest()) {
      if (device <= 0 && relay <= 0) break
      if (!wish.asked && victim.createdAt >= wish.createdAt) break
      const ours = victim.kept === kept
      if (device <= 0 && !ours) continue
      if (!mayGo(victim.kept, victim.kept.files.get(victim.hash))) continue
      chosen.push(victim)
      device -= victim.size
      if (ours) relay -= victim.size
    }
    return { chosen, isEnough: device <= 0 && relay <= 0 }
  }

  #oldest(): Victim[] {
    if (Date.now() - this.#victims.at < FRESH) return this.#victims.list
    const list: Victim[] = []
    for (const kept of this.#promised.keys()) {
      for (const file of kept.files.values()) {
        const { hash, size, createdAt } = file
        if (mayGo(kept, file)) list.push({ kept, hash, size: size ?? 0, createdAt })
      }
    }
    list.sort((a, b) => a.createdAt - b.createdAt)
    this.#victims = { list, at: Date.now() }
    return list
  }
}

/** Whether enough others proved that they hold it, and no person wants it here. */
function mayGo(kept: Kept, file: SyncedFile | undefined): boolean {
  if (file === undefined || !file.here || file.pinned) return false
  const needed = Math.max(1, Math.min(kept.copies, kept.others))
  return kept.proven(file.hash) >= needed
}

export function noRoom(): HypertunaError {
  const message = 'What may be kept on this device is used up: raise the limit or let go of files'
  return new HypertunaError('STORAGE_FULL', message, { details: { limit: 'quota' } })
}
