/** The list of groups, live: all of them at first, then those that are another. */
import type { Subscription } from '../protocol/rpc/subscription.ts'
import type * as Rpc from '../protocol/rpc/generated/types.ts'
import { follow, once } from './follow.ts'
import type { Emitter } from './follow.ts'
import { referenceTo } from './serve/nostr/reference.ts'
import { relayView, waitingView } from './views.ts'
import type { Worker } from './worker.ts'

/** Changes are gathered this long, in ms. */
const GATHER = 200
/** How long the list waits for what was last said where nothing was looked at yet, in ms. */
const PATIENCE = 150

export function streamRelays(worker: Worker, subscription: Subscription<Rpc.RelayList>): void {
  const { config, relays, files, waiting, unread, said } = worker.use()
  const sources: [Emitter, string][] = [
    [relays, 'change'],
    [files, 'change'],
    [waiting, 'change'],
    [worker, 'group'],
    [unread, 'change'],
    [said, 'change']
  ]
  const changes = new Changes()
  const feed = {
    signal: subscription.signal,
    get closed() {
      return subscription.closed
    },
    send: (list: Rpc.RelayList) => subscription.send(list),
    // Each says what is another than in the one before: none may be left out
    latest: (list: Rpc.RelayList) => void subscription.send(list),
    fail: subscription.fail.bind(subscription)
  }
  const look = async (): Promise<Rpc.RelayList | null> => {
    if (changes.first) await soon(said.known())
    const views = relays.inOrder().map(async (group) => {
      const { relayKey } = group.relay
      const view = await relayView(group, files, said.of(relayKey))
      // Where nothing was said yet, the newest is that we came
      const lastEventAt = view.lastEventAt || (config.relay(relayKey)?.joinedAt ?? 0)
      const where = referenceTo(group.relay, worker.links)
      return { ...view, lastEventAt, ...unread.facts(relayKey), ...where }
    })
    return changes.of(await Promise.all(views), waiting.list().map(waitingView))
  }
  // Half of the list would be taken for all of it; the whole is told without any wait
  once(subscription.signal, relays, () => follow(feed, sources, GATHER, look))
}

/** What a face was told, and so what it has to be told. */
class Changes {
  first = true
  #relays = new Map<string, string>()
  #waiting = ''

  /** Null for nothing. */
  of(relays: Rpc.Relay[], waiting: Rpc.WaitingJoin[]): Rpc.RelayList | null {
    const now = new Map(relays.map((relay) => [relay.relayKey, JSON.stringify(relay)]))
    const changed = relays.filter(
      ({ relayKey }) => this.#relays.get(relayKey) !== now.get(relayKey)
    )
    const removed = [...this.#relays.keys()].filter((relayKey) => !now.has(relayKey))
    const joins = JSON.stringify(waiting)
    const isSame = changed.length + removed.length === 0 && joins === this.#waiting
    const reset = this.first
    this.first = false
    this.#relays = now
    this.#waiting = joins
    return isSame && !reset ? null : { relays: changed, waiting, reset, removed }
  }
}

async function soon(known: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, PATIENCE)
  })
  await Promise.race([known, late])
  clearTimeout(timer)
}
