/** Relays in the worker's store, each with the circle that its cores belong to. */
import b4a from 'b4a'
import type { KeyPair } from 'hypercore-crypto'

import type { Config, RelayEntry } from '../config.ts'
import type { Log } from '../log.ts'
import { circleOf } from '../network/core-claim.ts'
import type { GatedStore } from '../network/gated-store.ts'
import type { Network } from '../network/network.ts'
import { now } from './group.ts'
import type { Group, KnownFacts } from './group.ts'
import { Relay } from './relay.ts'

/** What a relay is opened with. */
export interface RelayKeys {
  isPrivate: boolean
  /** Given once, when it is created or joined: its Autobase keeps them. */
  keyPair?: KeyPair
  encryptionKey?: Uint8Array | null
  /** Where others have signed the view, hex. */
  systemKey?: string | null
}

/**
 * Makes the core that a key pair writes, and keeps the pair with it: a core that is first
 * opened by its key alone could not be written to after a restart.
 * @returns its key, hex
 */
export async function makeWriterCore(keyPair: KeyPair, store: GatedStore): Promise<string> {
  const core = store.get({ keyPair, active: false })
  await core.ready()
  const key = b4a.toString(core.key, 'hex')
  await core.close()
  return key
}

interface Surroundings {
  store: GatedStore
  network: Network
  config: Config
  log: Log
}

/** A relay, not opened yet. Nobody gets a core of a private one before it proved itself. */
export function makeRelay(
  relayKey: string,
  { isPrivate, ...keys }: RelayKeys,
  { store, network, config, log }: Surroundings
): Relay {
  if (isPrivate) network.keepPrivate(relayKey)
  const circle = circleOf(relayKey, isPrivate)
  return new Relay({
    store: store.namespace('relay/' + relayKey, { circle }),
    ownsCore: (key) => store.prove(key, circle),
    relayKey,
    ...keys,
    keepSystemKey: (key) => keepSystemKey(relayKey, key, config),
    isQuiet: () => network.isQuiet,
    wakeup: network.wakeup,
    log
  })
}

/**
 * Writes a relay into the configuration, to be opened at each start. Of one that is joined
 * anew, what the person chose about its files stays.
 */
export function remember(group: Group, known: KnownFacts, config: Config): Promise<void> {
  const { relayKey, systemKey } = group.relay
  const { publicIdentifier, name, access } = known
  const facts = { relayKey, publicIdentifier, name, access, systemKey }
  const chosen = config.relay(relayKey) ?? { keep: 'all' as const }
  return config.setRelay({ ...chosen, ...facts, autoConnect: true, joinedAt: now() })
}

/** Groups in the order of what is known of them; one that is just being made comes last. */
export function inOrderOf(known: readonly RelayEntry[], groups: Group[]): Group[] {
  const keys = known.map(({ relayKey }) => relayKey)
  const place = ({ relay }: Group): number => {
    const at = keys.indexOf(relay.relayKey)
    return at === -1 ? keys.length : at
  }
  return groups.sort((a, b) => place(a) - place(b))
}

/** Keeps in the configuration where a relay's view is signed; nothing before it was joined. */
async function keepSystemKey(relayKey: string, systemKey: string, config: Config): Promise<void> {
  const known = config.relay(relayKey)
  if (known === null || known.systemKey === systemKey) return
  await config.update(({ relays }) => ({
    relays: relays.map((entry) => (entry.relayKey === relayKey ? { ...entry, systemKey } : entry))
  }))
}

/** A private group's card, which strangers may see, has no name in it: members are told inside. */
export async function nameWithin(
  { relay, acts }: Group,
  { name, about }: { name: string; about: string }
): Promise<void> {
  if (relay.facts?.name !== name || relay.facts.about !== about) {
    await acts.editMetadata({ name, about })
  }
}
