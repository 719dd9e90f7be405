import { HypertunaError } from '../../../protocol/errors.ts'
import { vouchFor } from '../../../protocol/nostr.ts'
import type { NostrEvent } from '../../../protocol/nostr.ts'
import type { Log } from '../../log.ts'
import type { Group } from '../../relays/group.ts'
import { isAct, KIND } from '../../relays/kinds.ts'
import { receive } from '../../relays/reception.ts'
import type { RelayRecord } from '../../relays/records.ts'
import type { Relay } from '../../relays/relay.ts'
import { readPending, readPosition } from '../../relays/state.ts'
import { replaceableTerm } from '../../relays/terms.ts'
import { verifier } from '../../verify/verifier.ts'
import { hasReferences, References } from '../../relays/previous.ts'

/** What became of an event: NIP-01's OK. */
export interface Outcome {
  ok: boolean
  /** Empty, or with a machine-readable prefix. */
  message: string
}

/** Events of one append: few enough that the first of them does not wait long. */
const BATCH = 128
/** So many at once are a load. */
const BUSY = 8
/** ms from one append to the next under load: what an append costs by itself is ten events' share. */
const PACE = 16
/** So many events are worth an append of their own, however soon. */
const ENOUGH = 64
const MAX_WAITING = 8192
/** Bytes of the messages that brought them: of many clients together, each of which is bounded too. */
const MAX_BYTES = 16 * 1024 * 1024

interface Waiting {
  event: NostrEvent
  /** Of who asks to join, that it asks here (NIP-42). */
  proof: NostrEvent | null
  /** When it began to wait, in ms. */
  since: number
  done: (outcome: Outcome) => void
}

/**
 * Events on their way into the log. While one append is made the others gather,
 * so that under load many events share one; each is answered once it is durable.
 */
export class Ingest {
  readonly #group: Group
  readonly #relay: Relay
  readonly #references: References
  readonly #log: Log
  readonly #waiting: Waiting[] = []
  #running = false
  /** When the last append began. */
  #begun = -Infinity
  /** Called when enough events wait. */
  #enough: () => void = () => {}
  /** Events that were not answered yet, wherever they are. */
  #events = 0
  #bytes = 0

  constructor(group: Group, log: Log) {
    this.#group = group
    this.#relay = group.relay
    this.#references = new References(group.relay)
    this.#log = log
  }

  /** Whether many events are on their way. */
  get isBusy(): boolean {
    return this.#events >= BUSY
  }

  /** @param bytes of the message that brought it @param proof of who asks to join */
  async add(event: NostrEvent, bytes: number, proof: NostrEvent | null = null): Promise<Outcome> {
    if (this.#events >= MAX_WAITING || this.#bytes + bytes > MAX_BYTES) {
      return { ok: false, message: 'rate-limited: too many events at once' }
    }
    this.#events++
    this.#bytes += bytes
    try {
      return await this.#take(event, proof)
    } catch (err) {
      return failed(err, this.#log)
    } finally {
      this.#events--
      this.#bytes -= bytes
    }
  }

  async #take(event: NostrEvent, proof: NostrEvent | null): Promise<Outcome> {
    const since = Date.now()
    if (hasReferences(event)) {
      const message = await this.#references.refusal(event)
      if (message !== null) return { ok: false, message }
    }
    const holds = await verifier.check(event)
    if (!holds) return { ok: false, message: 'invalid: wrong id or signature' }
    vouchFor(event)
    return new Promise((done) => {
      this.#waiting.push({ event, proof, since, done })
      if (!this.#running) void this.#run()
      else if (this.#waiting.length >= ENOUGH) this.#enough()
    })
  }

  async #run(): Promise<void> {
    this.#running = true
    while (this.#waiting.length > 0) {
      await this.#gathered()
      this.#begun = Date.now()
      const batch = this.#waiting.splice(0, BATCH)
      const outcomes = await this.#append(batch)
      for (const [i, { done }] of batch.entries()) done(outcomes[i]!)
    }
    this.#running = false
  }

  /** Under load: lets more events come before the next append, for a moment. */
  async #gathered(): Promise<void> {
    // After a pause whoever came before it has waited for long enough.
    const since = Math.min(this.#begun, this.#waiting[0]?.since ?? Infinity)
    const left = since + PACE - Date.now()
    if (!this.isBusy || this.#waiting.length >= ENOUGH || left <= 0 || left > PACE) return
    let timer: ReturnType<typeof setTimeout> | undefined
    await new Promise<void>((resolve) => {
      this.#enough = resolve
      timer = setTimeout(resolve, left)
    })
    clearTimeout(timer)
  }

  /** One append; of the same event sent twice the second is a duplicate. */
  async #append(batch: Waiting[]): Promise<Outcome[]> {
    const first = new Map<string, number>()
    for (const [i, { event }] of batch.entries()) {
      if (!first.has(event.id)) first.set(event.id, i)
    }
    const taken = [...first.values()].map((i) => batch[i]!)
    const outcomes = new Map<string, Outcome>()
    try {
      const records: RelayRecord[] = []
      for (const { event, proof } of taken) {
        const record = await this.#receive(event, proof)
        if ('ok' in record) outcomes.set(event.id, record)
        else records.push(record)
      }
      const rest = taken.map(({ event }) => event).filter(({ id }) => !outcomes.has(id))
      const answers = records.length === 0 ? [] : await this.#relay.offer(records)
      for (const [i, event] of rest.entries()) {
        const answer = answers[i]
        const message = answer ? `${answer.prefix}: ${answer.reason}` : null
        outcomes.set(event.id, await this.#outcome(event, message))
      }
    } catch (err) {
      return batch.map(({ event }) => outcomes.get(event.id) ?? failed(err, this.#log))
    }
    return batch.map(({ event }, i) => {
      const outcome = outcomes.get(event.id)!
      const again = first.get(event.id) !== i && outcome.ok
      return again ? { ok: true, message: 'duplicate: already here' } : outcome
    })
  }

  /** Acts may be for this computer to do something about; the rest is a record as it is. */
  #receive(event: NostrEvent, proof: NostrEvent | null): Promise<RelayRecord | Outcome> {
    if (isAct(event.kind)) return receive(this.#group, event, proof)
    return Promise.resolve({ type: 'event', event })
  }

  /** @param refusal what the policy said; null when the event entered the log */
  async #outcome(event: NostrEvent, refusal: string | null): Promise<Outcome> {
    if (event.kind === KIND.joinRequest) return this.#asked(event, refusal)
    if (refusal !== null) {
      const again = refusal.startsWith('duplicate:') && (await this.#holds(event))
      return { ok: again, message: refusal }
    }
    // Of two versions in one batch the newer counts, whichever came first.
    if (replaceableTerm(event) !== null && !(await this.#holds(event))) {
      return { ok: false, message: 'duplicate: a newer one is here' }
    }
    return { ok: true, message: '' }
  }

  /** NIP-29: whoever is not in by now is refused, and told what comes of it. */
  async #asked({ pubkey }: NostrEvent, refusal: string | null): Promise<Outcome> {
    if (refusal === null && this.#relay.members.has(pubkey)) return { ok: true, message: '' }
    const waits = (await readPending(this.#relay.state, pubkey)) !== null
    const message = waits ? 'restricted: your request waits for an admin’s approval' : refusal
    return { ok: false, message: message ?? 'error: the group has changed; ask again' }
  }

  async #holds(event: NostrEvent): Promise<boolean> {
    return (await readPosition(this.#relay.state, event.id)) !== null
  }
}

function failed(err: unknown, log: Log): Outcome {
  const { code, message } = HypertunaError.from(err)
  if (code === 'NOT_MEMBER') return { ok: false, message: `restricted: ${message}` }
  log('event-not-stored', { code, reason: message })
  return { ok: false, message: 'error: the event could not be stored; try again later' }
}
