/** One relay as the Nostr clients of this computer see it. */
import ReadyResource from 'ready-resource'

import type { NostrEvent } from '../../../protocol/nostr.ts'
import type { Log } from '../../log.ts'
import { EventIndex } from '../../relays/event-index.ts'
import type { IndexedEvents } from '../../relays/event-index.ts'
import type { Group } from '../../relays/group.ts'
import { InTurn } from '../../relays/in-turn.ts'
import type { Relay, RelayUpdate } from '../../relays/relay.ts'
import { readChanges } from '../../relays/state-events.ts'
import { expiryOf, isExpired } from '../../relays/terms.ts'
import type { Held } from './comparisons.ts'
import { Interests } from './interests.ts'
import { Ingest } from './ingest.ts'
import type { Outcome } from './ingest.ts'
import { liveEvent } from './subscription.ts'
import type { LiveEvent, Subscription } from './subscription.ts'

/** ms between the steps of an index while many events come. */
const BUSY_PACE = 100

export const seconds = (): number => Math.floor(Date.now() / 1000)

/** A connection, which holds subscriptions. */
export interface Holder {
  /** Ends one. */
  drop(subscription: Subscription, reason: string): void
  /** Whether it is shown an event of this kind. */
  sees(kind: number): boolean
  /** Who may read may have changed. */
  review(): void
}

export class ServedRelay extends ReadyResource {
  readonly group: Group
  readonly relay: Relay
  readonly index: EventIndex
  /** Of NIP-77's comparisons. */
  readonly held: Held = { records: 0 }
  readonly holders = new Set<Holder>()
  readonly #ingest: Ingest
  readonly #subscriptions = new Map<Subscription, Holder>()
  readonly #interests = new Interests()
  /** Of many events at once an index of each few costs twice as much, and all wait for it. */
  readonly #following = new InTurn(
    () => Promise.resolve(this.index.follow()),
    () => {}
  )
  readonly #follow = (update: RelayUpdate): void => {
    if (this.#ingest.isBusy) this.#following.within(BUSY_PACE)
    else this.#following.soon()
    if (update.membersChanged) for (const holder of this.holders) holder.review()
  }

  readonly #passing = (passing: unknown): void => {
    if (this.#subscriptions.size === 0) return
    const event = passing as NostrEvent
    this.#send(liveEvent(event, Infinity))
  }

  /** @param path where the index is kept */
  constructor(group: Group, path: string, log: Log) {
    super()
    const { relay } = group
    this.group = group
    this.relay = relay
    const source = {
      relayKey: relay.relayKey,
      get log() {
        return relay.base.view.log
      },
      state: {
        changes: async (position: number) => {
          const changes = []
          for await (const change of readChanges(relay.state, position)) changes.push(change)
          return changes
        }
      }
    }
    this.index = new EventIndex({ source, path, log })
    this.#ingest = new Ingest(group, log)
  }

  override async _open(): Promise<void> {
    this.index.on('events', (update) => this.#tell(update as IndexedEvents))
    this.relay.on('update', this.#follow)
    this.group.ephemeral.on('event', this.#passing)
    await this.index.ready()
  }

  override async _close(): Promise<void> {
    this.relay.off('update', this.#follow)
    this.group.ephemeral.off('event', this.#passing)
    await this.#following.stop()
    await this.index.close()
  }

  subscribe(subscription: Subscription, holder: Holder): void {
    this.#subscriptions.set(subscription, holder)
    this.#interests.add(subscription)
  }

  unsubscribe(subscription: Subscription): void {
    subscription.closed = true
    this.#subscriptions.delete(subscription)
    this.#interests.delete(subscription)
  }

  /**
   * Stores an event, for every member.
   * @param bytes of the message that brought it
   * @param proof of who asks to join
   */
  store(event: NostrEvent, bytes: number, proof: NostrEvent | null = null): Promise<Outcome> {
    return this.#ingest.add(event, bytes, proof)
  }

  /** Passes an ephemeral event on to who is subscribed now, at any member, and forgets it. */
  passOn(event: NostrEvent): Promise<Outcome> {
    return this.group.ephemeral.offer(event)
  }

  #tell({ events, generation }: IndexedEvents): void {
    if (this.#subscriptions.size === 0) return
    const now = seconds()
    for (const event of events) {
      if (isExpired(expiryOf(event), now)) continue
      this.#send(liveEvent(event, generation))
    }
  }

  #send(live: LiveEvent): void {
    const { kind } = live.event
    const seeing = new Map<Holder, boolean>() // a connection has many subscriptions
    for (const subscription of this.#interests.of(live.event)) {
      const holder = this.#subscriptions.get(subscription)
      if (holder === undefined) continue
      let sees = seeing.get(holder)
      if (sees === undefined) seeing.set(holder, (sees = holder.sees(kind)))
      if (!sees || subscription.take(live)) continue
      holder.drop(subscription, 'error: too many events at once')
    }
  }
}
