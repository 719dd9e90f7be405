/** When an admin's device does what admins owe their group, and when it leaves that to another. */
import type { PeerInfo } from '../../protocol/file-channel/channel.ts'
import { HypertunaError } from '../../protocol/errors.ts'
import { clockAmong, isOfOurDay, readingsOf } from './clocks.ts'
import type { Relay } from './relay.ts'

/** How long another admin has for making the relay's key anew before we do, in ms. */
const PATIENCE = 60_000
/** How long the key is kept at least after it was made anew for what is dated far ahead, in ms. */
const KEPT = 60_000
/** The same of a group where that happens again and again. */
const KEPT_LONGEST = 60 * 60_000
const HOUR = 3600

export interface AdminTurnOptions {
  relay: Pick<Relay, 'facts' | 'admins'>
  /** Ours. */
  pubkey: string
  /** Members that are connected now. */
  peers(): PeerInfo[]
  /** Has the duties looked at again. */
  soon(): void
  /** Told when our clock is off, once, and when it is not any more. */
  onclock(problem: HypertunaError | null): void
  now?(): number
}

/** What the duties are done with. */
export interface Turn {
  /** Whether another admin's key is to be waited for. */
  patient: boolean
  /** Whether the key may be made anew once more because something is dated far ahead. */
  maySpend(): boolean
}

export class AdminTurn {
  readonly #options: AdminTurnOptions
  readonly #now: () => number
  #patience: ReturnType<typeof setTimeout> | null = null
  #patient = true
  #again: ReturnType<typeof setTimeout> | null = null
  #keptUntil = 0
  #spent = 0
  #isOff = false

  constructor(options: AdminTurnOptions) {
    this.#options = options
    this.#now = options.now ?? Date.now
  }

  stop(): void {
    for (const timer of [this.#patience, this.#again]) if (timer !== null) clearTimeout(timer)
  }

  /**
   * Of the admins that are online, and whose clocks show our day, the most senior acts; a burnt
   * key waits for who burnt it.
   * @returns null when it is not our turn
   */
  take(): Turn | null {
    const { relay, pubkey, peers } = this.#options
    const burnt = relay.facts?.burnt ?? null
    if (burnt === null) this.#beNotHurried()
    else this.#patience ??= setTimeout(() => this.#hurry(), PATIENCE)
    const online = peers()
    const readings = readingsOf(online)
    const clock = clockAmong(readings, { own: pubkey, admins: relay.admins })
    this.#tell(clock.ahead)
    if (clock.held) return null
    const here = new Set(online.map((peer) => peer.pubkey))
    for (const other of readings) if (!isOfOurDay(other)) here.delete(other.pubkey)
    const first = relay.admins.find((admin) => admin === pubkey || here.has(admin))
    if (first !== pubkey && burnt !== pubkey && this.#patient) return null
    // An admin that left burnt it too, and makes none anew.
    const patient = this.#patient && burnt !== null && relay.admins.includes(burnt)
    return { patient, maySpend: () => this.#maySpend() }
  }

  /** At once, and then ever more rarely: whoever dates things so may go on doing it. */
  #maySpend(): boolean {
    const now = this.#now()
    if (now < this.#keptUntil) {
      this.#again ??= setTimeout(() => {
        this.#again = null
        this.#options.soon()
      }, this.#keptUntil - now)
      return false
    }
    if (now > this.#keptUntil + 24 * KEPT_LONGEST) this.#spent = 0
    this.#keptUntil = now + Math.min(KEPT_LONGEST, KEPT * 2 ** this.#spent++)
    return true
  }

  #tell(ahead: number): void {
    const isOff = ahead !== 0
    if (isOff === this.#isOff) return
    this.#isOff = isOff
    this.#options.onclock(isOff ? clockIsOff(ahead) : null)
  }

  #hurry(): void {
    this.#patient = false
    this.#options.soon()
  }

  #beNotHurried(): void {
    if (this.#patience !== null) clearTimeout(this.#patience)
    this.#patience = null
    this.#patient = true
  }
}

/** @param ahead seconds, negative when it is behind */
function clockIsOff(ahead: number): HypertunaError {
  const hours = Math.round(Math.abs(ahead) / HOUR)
  const much = hours < 48 ? `${hours} hours` : `${Math.round(hours / 24)} days`
  const how = ahead > 0 ? 'ahead of' : 'behind'
  return new HypertunaError(
    'UNSUPPORTED',
    `This computer’s clock is ${much} ${how} the other members’: set it right. ` +
      'Until then what you say may not be shown to others, and other admins speak for the group'
  )
}
