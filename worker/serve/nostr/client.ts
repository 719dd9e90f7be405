/** One connection of a Nostr client: its messages in, ours out. */
import b4a from 'b4a'

import { HypertunaError } from '../../../protocol/errors.ts'
import type { Filter } from '../../../protocol/filter.ts'
import type { IndexReader } from '../../relays/index-reader.ts'
import { countEvents, EventQuery } from '../../relays/query.ts'
import type { QueryOptions } from '../../relays/query.ts'
import { idOf, Proofs } from './auth.ts'
import { Challenge } from './challenge.ts'
import type { ClientOptions } from './client-options.ts'
import { Comparisons } from './comparisons.ts'
import { Early } from './early.ts'
import type { Asked } from './early.ts'
import { Entry } from './entry.ts'
import { takesHint } from './eose-hint.ts'
import { Hearing } from './hearing.ts'
import { parseMessage, readFilters, refused } from './messages.ts'
import type { ClientMessage } from './messages.ts'
import { Outbox } from './outbox.ts'
import { failure, Questions } from './questions.ts'
import { asksFor, filterRefusal, readingRefusal, unseenBy } from './reading.ts'
import type { Scan } from './scans.ts'
import { seconds } from './served-relay.ts'
import type { Holder } from './served-relay.ts'
import { Subscription } from './subscription.ts'

const BEHIND = 'error: the group’s history is still being read; ask again in a moment'
const UNSUPPORTED_DATA = 1003
const AFTER = Buffer.from(']')

export class Client implements Holder {
  readonly #options: ClientOptions
  readonly #out: Outbox
  readonly #proofs: Proofs
  readonly #questions: Questions
  readonly #subscriptions = new Map<string, Subscription>()
  readonly #comparisons: Comparisons
  readonly #hearing: Hearing
  readonly #challenge: Challenge
  readonly #early: Early
  readonly #entry: Entry
  #gone = false

  constructor(options: ClientOptions) {
    const { socket, served, hosts, challenge, limits, scans, isStranger = false } = options
    this.#options = options
    const onmove = (): void => this.#hearing.look()
    const fullOf = { answers: () => this.#out.full, questions: () => this.#questions.waiting }
    this.#hearing = new Hearing({ socket, limits, ...fullOf })
    this.#out = new Outbox(socket, { limits, backlog: options.backlog, onmove })
    const publicIdentifier = served.relay.publicIdentifier ?? ''
    this.#proofs = new Proofs({ hosts, publicIdentifier }, limits.pubkeys, challenge)
    const ping = socket.ping === undefined ? null : (): void => socket.ping?.()
    this.#challenge = new Challenge(() => this.#say('AUTH', this.#proofs.challenge), ping)
    this.#early = new Early({
      challenge: this.#challenge,
      most: limits.subscriptions,
      hold: (messages, bytes) => this.#hearing.hold(messages, bytes)
    })
    this.#entry = new Entry({
      served,
      proofs: this.#proofs,
      challenge: this.#challenge,
      isStranger
    })
    this.#questions = new Questions({ served, limits, scans, onmove })
    this.#comparisons = new Comparisons({
      limits,
      held: served.held,
      say: (...message) => this.#say(...message),
      ask: (run) => this.#questions.ask(run),
      query: () => this.#query()
    })
    served.holders.add(this)
    socket.listen({
      message: (payload, binary) => this.#hear(payload, binary),
      pong: () => this.#challenge.pong(),
      close: () => this.#leave()
    })
    if (served.relay.facts?.access === 'private') this.#challenge.now()
  }

  drop(subscription: Subscription, reason: string): void {
    this.#end(subscription.id)
    this.#say('CLOSED', subscription.id, reason)
  }

  sees(kind: number): boolean {
    const { relay } = this.#options.served
    return readingRefusal(relay, this.#proofs) === null && !unseenBy(relay, this.#proofs).has(kind)
  }

  review(): void {
    const reason = readingRefusal(this.#options.served.relay, this.#proofs)
    if (reason === null) return
    for (const subscription of [...this.#subscriptions.values()]) this.drop(subscription, reason)
    this.#comparisons.end(reason)
  }

  #say(...message: unknown[]): void {
    this.#challenge.before(message)
    this.#out.send([Buffer.from(JSON.stringify(message))])
    this.#challenge.after(message)
  }

  #hear(payload: Uint8Array, binary: boolean): void {
    if (this.#gone) return
    this.#challenge.rest()
    if (binary) {
      this.#say('NOTICE', 'invalid: binary messages are not understood here')
      this.#out.close(UNSUPPORTED_DATA, 'text only')
      return
    }
    const message = parseMessage(b4a.toString(payload))
    const most = this.#options.limits.message
    if (payload.byteLength <= most) this.#dispatch(message, payload.byteLength)
    else this.#say(...refused(message, `invalid: a message has at most ${most} bytes`))
  }

  #dispatch(message: ClientMessage, bytes: number): void {
    const again = (): void => this.#dispatch(message, bytes)
    switch (message.type) {
      case 'EVENT':
        void this.#take(message.event, bytes)
        break
      case 'AUTH':
        this.#prove(message.event)
        break
      case 'REQ':
        this.#subscribe({ type: 'REQ', id: message.id, bytes, again }, message.filters)
        break
      case 'COUNT':
        this.#count({ type: 'COUNT', id: message.id, bytes, again }, message.filters)
        break
      case 'CLOSE':
        this.#end(message.id)
        break
      case 'NEG-OPEN':
        this.#compare({ type: 'NEG-OPEN', id: message.id, bytes, again }, message)
        break
      case 'NEG-MSG':
        this.#comparisons.next(message.id, message.message)
        break
      case 'NEG-CLOSE':
        this.#early.delete('NEG-OPEN', message.id)
        this.#comparisons.close(message.id)
        break
      case 'garbage':
        this.#say('NOTICE', `invalid: ${message.reason}`)
    }
  }

  #prove(event: unknown): void {
    const id = idOf(event)
    if (id === null) return this.#say('NOTICE', 'invalid: AUTH has no event')
    const reason = this.#proofs.add(event, seconds())
    this.#say('OK', id, reason === null, reason ?? '')
    if (reason === null) this.#challenge.answered()
  }

  async #take(event: unknown, bytes: number): Promise<void> {
    const id = idOf(event)
    if (id === null) return this.#say('NOTICE', 'invalid: EVENT has no event with an id')
    this.#hearing.hold(1, bytes)
    const { ok, message } = await this.#entry.take(event, bytes)
    this.#hearing.hold(-1, -bytes)
    this.#say('OK', id, ok, message)
  }

  /** The filters of a question; or why it is not answered. */
  #judge(values: unknown[]): Filter[] | string {
    const { served, limits } = this.#options
    const refusal = readingRefusal(served.relay, this.#proofs)
    if (refusal !== null) return refusal
    const filters = readFilters(values, limits.filters)
    if (typeof filters === 'string') return filters
    const unseen = unseenBy(served.relay, this.#proofs)
    if (asksFor(filters, unseen)) this.#challenge.now()
    return filterRefusal(filters, unseen, this.#proofs) ?? filters
  }

  #subscribe(asked: Asked, values: unknown[]): void {
    const { id } = asked
    const { served, limits } = this.#options
    const filters = this.#judge(values)
    this.#end(id) // NIP-01: a REQ with the same id takes its place
    if (typeof filters === 'string') return this.#refuse(asked, filters)
    if (this.#subscriptions.size >= limits.subscriptions) {
      const reason = `rate-limited: at most ${limits.subscriptions} subscriptions at once`
      return this.#say('CLOSED', id, reason)
    }
    const before = Buffer.from(`["EVENT",${JSON.stringify(id)},`)
    const send = (json: Uint8Array): void => this.#out.send([before, json, AFTER])
    const subscription = new Subscription(id, filters, send)
    this.#subscriptions.set(id, subscription)
    served.subscribe(subscription, this)
    this.#questions
      .ask((reader, scan) => this.#answer(subscription, reader, scan, send))
      .catch((err: unknown) => {
        this.#failed(id, err)
        if (!subscription.closed) this.drop(subscription, failure(err))
      })
  }

  async #answer(
    subscription: Subscription,
    reader: IndexReader | null,
    scan: Scan,
    send: (json: Uint8Array) => void
  ): Promise<void> {
    if (subscription.closed) return
    if (reader === null) return this.drop(subscription, BEHIND)
    const generation = await reader.generation()
    const options = { ...this.#query(), aborted: () => subscription.closed }
    const query = new EventQuery(reader, subscription.filters, options)
    for await (const entry of query) {
      if (subscription.closed) return
      send(Buffer.from(entry.json))
      if (!this.#out.full) continue
      scan.rest()
      await this.#out.drained()
    }
    if (subscription.closed) return
    const hint = takesHint(subscription.id) ? query.hint : null // NIP-67
    this.#say('EOSE', subscription.id, ...(hint === null ? [] : [[hint]]))
    subscription.goLive(generation)
  }

  #refuse(asked: Asked, reason: string): void {
    if (!this.#early.add(asked, reason)) this.#say('CLOSED', asked.id, reason)
  }

  #count(asked: Asked, values: unknown[]): void {
    const { id } = asked
    this.#early.delete('COUNT', id)
    const filters = this.#judge(values)
    if (typeof filters === 'string') return this.#refuse(asked, filters)
    if (this.#questions.waiting >= this.#options.limits.subscriptions) {
      return this.#say('CLOSED', id, 'rate-limited: too many questions at once')
    }
    const answer = (reader: IndexReader | null): Promise<void> =>
      this.#answerCount(id, filters, reader)
    this.#questions.ask(answer).catch((err: unknown) => {
      this.#failed(id, err)
      this.#say('CLOSED', id, failure(err))
    })
  }

  async #answerCount(id: string, filters: Filter[], reader: IndexReader | null): Promise<void> {
    if (this.#gone) return
    if (reader === null) return this.#say('CLOSED', id, BEHIND)
    const options = { ...this.#query(), aborted: () => this.#gone }
    const { count, approximate } = await countEvents(reader, filters, options)
    this.#say('COUNT', id, approximate ? { count, approximate } : { count })
  }

  #compare(asked: Asked, { filter, message }: { filter: unknown; message: unknown }): void {
    const { id } = asked
    this.#early.delete('NEG-OPEN', id)
    const refusal = readingRefusal(this.#options.served.relay, this.#proofs)
    if (refusal !== null && this.#early.add(asked, refusal)) return
    if (refusal !== null) return this.#comparisons.refuse(id, refusal)
    this.#comparisons.open(id, filter, message).catch((err: unknown) => this.#failed(id, err))
  }

  #query(): QueryOptions {
    return { now: seconds(), unseen: unseenBy(this.#options.served.relay, this.#proofs) }
  }

  #end(id: string): void {
    this.#early.delete('REQ', id)
    const subscription = this.#subscriptions.get(id)
    if (subscription === undefined) return
    this.#subscriptions.delete(id)
    this.#options.served.unsubscribe(subscription)
  }

  #failed(id: string, err: unknown): void {
    const busy = HypertunaError.from(err).code === 'BUSY'
    if (!this.#gone && !busy) this.#options.log('query-failed', { id, reason: String(err) })
  }

  #leave(): void {
    this.#gone = true
    this.#hearing.end()
    this.#early.clear()
    this.#challenge.end()
    this.#questions.end()
    this.#options.served.holders.delete(this)
    this.#comparisons.end(null)
    for (const id of [...this.#subscriptions.keys()]) this.#end(id)
  }
}
