import { HypertunaError } from '../../../protocol/errors.ts'
import type { NostrEvent } from '../../../protocol/nostr.ts'
import type { Log } from '../../log.ts'
import type { Relay } from '../../relays/relay.ts'
import { readPosition } from '../../relays/state.ts'
import { replaceableTerm } from '../../relays/terms.ts'

/** What became of an event: NIP-01's OK. */
export interface Outcome {
  ok: boolean
  /** Empty, or with a machine-readable prefix. */
  message: string
}

/** Events of one append: few enough that the first of them does not wait long. */
const BATCH = 100
const MAX_WAITING = 8192

interface Waiting {
  event: NostrEvent
  done: (outcome: Outcome) => void
}

/**
 * Events on their way into the log. While one append is made the others gather,
 * so that under load many events share one; each is answered once it is durable.
 */
export class Ingest {
  readonly #relay: Relay
  readonly #log: Log
  readonly #waiting: Waiting[] = []
  #running = false

  constructor(relay: Relay, log: Log) {
    this.#relay = relay
    this.#log = log
  }

  add(event: NostrEvent): Promise<Outcome> {
    if (this.#waiting.length >= MAX_WAITING) {
      return Promise.resolve({ ok: false, message: 'rate-limited: too many events at once' })
    }
    return new Promise((done) => {
      this.#waiting.push({ event, done })
      if (!this.#running) void this.#run()
    })
  }

  async #run(): Promise<void> {
    this.#running = true
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, BATCH)
      const outcomes = await this.#append(batch)
      for (const [i, { done }] of batch.entries()) done(outcomes[i]!)
    }
    this.#running = false
  }

  /** One append; of the same event sent twice the second is a duplicate. */
  async #append(batch: Waiting[]): Promise<Outcome[]> {
    const first = new Map<string, number>()
    for (const [i, { event }] of batch.entries()) {
      if (!first.has(event.id)) first.set(event.id, i)
    }
    const events = [...first.values()].map((i) => batch[i]!.event)
    const outcomes = new Map<string, Outcome>()
    try {
      const answers = await this.#relay.offer(events.map((event) => ({ type: 'event', event })))
      for (const [i, event] of events.entries()) {
        const answer = answers[i]
        if (answer) {
          outcomes.set(event.id, await this.#refused(event, `${answer.prefix}: ${answer.reason}`))
        } else {
          outcomes.set(event.id, await this.#accepted(event))
        }
      }
    } catch (err) {
      return batch.map(() => failed(err, this.#log))
    }
    return batch.map(({ event }, i) => {
      const outcome = outcomes.get(event.id)!
      const again = first.get(event.id) !== i && outcome.ok
      return again ? { ok: true, message: 'duplicate: already here' } : outcome
    })
  }

  async #refused(event: NostrEvent, message: string): Promise<Outcome> {
    const duplicate = message.startsWith('duplicate:')
    return { ok: duplicate && (await this.#holds(event)), message }
  }

  /** Of two versions in one batch the newer counts, whichever came first. */
  async #accepted(event: NostrEvent): Promise<Outcome> {
    if (replaceableTerm(event) !== null && !(await this.#holds(event))) {
      return { ok: false, message: 'duplicate: a newer one is here' }
    }
    return { ok: true, message: '' }
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
