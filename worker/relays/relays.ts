/**
 * The relays of this worker: created, joined, opened again after a restart.
 *
 * Emits `group` (group: Group) when one is there, and `change` when the list or
 * anything in it may look different.
 */
import b4a from 'b4a'
import AbortController from 'bare-abort-controller'
import ReadyResource from 'ready-resource'
import crypto from 'hypercore-crypto'

import { HypertunaError } from '../../protocol/errors.ts'
import { formatPublicIdentifier } from '../../protocol/ids.ts'
import type { RelayEntry } from '../config.ts'
import { circleOf } from '../network/core-claim.ts'
import { Group, now } from './group.ts'
import type { KnownFacts } from './group.ts'
import { decodeInvite, mismatched } from './invite-code.ts'
import type { DecodedInvite } from './invite-code.ts'
import { inviteTo } from './inviting.ts'
import type { InviteTerms } from './inviting.ts'
import { earliestJoin, either, handedOver, joined } from './joining.ts'
import type { JoinOptions } from './joining.ts'
import { makeRelay, makeWriterCore, inOrderOf, nameWithin, remember } from './opening.ts'
import { expired, newWriter, Pairing, requestBy } from './pairing.ts'
import type { Relay } from './relay.ts'
import type { RelaysOptions } from './relays-options.ts'
import { readFormer } from './state.ts'
import { checkWish, freeAlias } from './wish.ts'
import type { RelayWish } from './wish.ts'

/** How long who left and forgets, or comes back, waits until somebody has heard of it, in ms. */
const HAND_OVER = 5_000

export class Relays extends ReadyResource {
  readonly groups = new Map<string, Group>()
  readonly #options: RelaysOptions
  readonly #pairing: Pairing
  readonly #closing = new AbortController()
  /** Relays whose cores are being deleted. */
  readonly #purging = new Map<string, Promise<number>>()
  /** Identifiers that are being created or joined now. */
  readonly #beginning = new Set<string>()

  constructor(options: RelaysOptions) {
    super()
    this.#options = options
    this.#pairing = new Pairing(options.network.swarm, options.log)
  }

  override async _open(): Promise<void> {
    await this.#pairing.ready()
    const known = this.#options.config.get().relays.filter((relay) => relay.autoConnect)
    const opened = await Promise.all(known.map((relay) => this.#openKnown(relay)))
    for (const group of opened) if (group !== null && !this.closing) this.#tell(group)
  }

  override async _close(): Promise<void> {
    this.#closing.abort(new HypertunaError('CLOSED', 'The worker is closing'))
    await Promise.all([...this.groups.values()].map((group) => group.close()))
    await this.#pairing.close()
  }

  /** @throws UNKNOWN_RELAY */
  get(relayKey: string): Group {
    const group = this.groups.get(relayKey)
    if (group === undefined) {
      throw new HypertunaError('UNKNOWN_RELAY', 'You are not a member of this group on this device')
    }
    return group
  }

  findByIdentifier(publicIdentifier: string): Group | null {
    for (const group of this.groups.values()) {
      if (group.relay.publicIdentifier === publicIdentifier) return group
    }
    return null
  }

  /** In the order in which they came here, which is the same after each start. */
  inOrder(): Group[] {
    return inOrderOf(this.#options.config.current.relays, [...this.groups.values()])
  }

  /**
   * Makes a relay with this device as its founder.
   * @throws BAD_REQUEST, RELAY_EXISTS
   */
  async create(wish: RelayWish): Promise<Group> {
    const described = checkWish(wish)
    const { pubkey } = this.#options.identity
    const named = (alias: string): string => formatPublicIdentifier(pubkey, alias)
    const isTaken = (alias: string): boolean =>
      this.#isKnown(named(alias)) || this.#beginning.has(named(alias))
    const alias = wish.alias ? described.alias : freeAlias(described.alias, isTaken)
    const facts = { ...described, alias }
    const publicIdentifier = named(alias)
    const taken = `You have a group at “${facts.alias}” already`
    return this.#alone(publicIdentifier, taken, async () => {
      const keyPair = crypto.keyPair()
      const relayKey = await makeWriterCore(keyPair, this.#options.store)
      const encryptionKey = facts.access === 'private' ? crypto.randomBytes(32) : null
      const isPrivate = encryptionKey !== null
      const relay = makeRelay(relayKey, { keyPair, encryptionKey, isPrivate }, this.#options)
      const known = { ...facts, publicIdentifier }
      const group = await this.#start(relay, known, async (fresh) => {
        await fresh.found(facts)
        if (isPrivate) await nameWithin(fresh, facts)
      })
      await remember(group, known, this.#options.config)
      return group
    })
  }

  /**
   * Makes an invite and lets the relay know of it.
   * @throws NOT_ALLOWED, UNKNOWN_RELAY
   */
  async invite(
    relayKey: string,
    terms: InviteTerms
  ): Promise<{ invite: string; expiresAt: number }> {
    return inviteTo(this.get(relayKey), terms)
  }

  /**
   * Joins by an invite: waits for a member, is admitted, and receives the relay. Also
   * a group that we were a member of and have still, with a new writer's core.
   * @param name ours, for the admin whom the invite has asked
   * @throws INVITE_INVALID, INVITE_EXPIRED, INVITE_USED, INVITE_REJECTED, CANCELLED, RELAY_EXISTS
   */
  async join(text: string, { signal, onphase, name = '', asked }: JoinOptions): Promise<Group> {
    const invite = decodeInvite(text)
    if (asked === undefined && invite.expiresAt > 0 && invite.expiresAt <= now()) throw expired()
    const ended = either(signal, this.#closing.signal)
    const group = await this.#alone(
      invite.publicIdentifier,
      `You are in “${invite.name}” already`,
      async () => {
        onphase('waiting')
        const keyPair = newWriter(asked?.seed)
        await makeWriterCore(keyPair, this.#options.store)
        const before = this.#former(invite.publicIdentifier)
        const earliest = await earliestJoin(before, HAND_OVER, ended)
        const at = Math.max(asked?.since ?? now(), earliest)
        const asking = { writer: keyPair, name, at }
        const request = requestBy(invite, asking, this.#options.identity)
        const { key, encryptionKey } = await this.#pairing.join(invite, request, ended)
        onphase('syncing')
        const isPrivate = encryptionKey !== null
        if (isPrivate !== (invite.access === 'private')) throw mismatched()
        const relayKey = b4a.toString(key, 'hex')
        this.#checkHanded(relayKey, invite)
        await this.#letGo(relayKey)
        await this.#purging.get(relayKey)
        const { systemKey } = invite
        const keys = { keyPair, encryptionKey, isPrivate, systemKey }
        const relay = makeRelay(relayKey, keys, this.#options)
        const started = await this.#start(relay, invite)
        await remember(started, invite, this.#options.config)
        await joined(started, ended)
        if (started.publicIdentifier === invite.publicIdentifier) return started
        await this.forget(relayKey) // its card says that it is another group
        throw mismatched()
      }
    )
    onphase('ready')
    return group
  }

  /**
   * Takes a group off this device: its files, its index, its cores, its place in the list.
   * Who has left waits a moment for somebody to hear of that; else the others are not told.
   * @throws UNKNOWN_RELAY, STORAGE_*
   */
  async forget(relayKey: string): Promise<void> {
    const group = this.get(relayKey)
    const left = (await readFormer(group.relay.state, group.pubkey)) === 'left'
    if (left && !(await handedOver(group, HAND_OVER))) {
      this.#options.log('left-unheard', { relayKey })
    }
    const isPrivate = group.relay.base.encryptionKey !== null
    await this.#letGo(relayKey)
    await this.#options.removeFolder?.(relayKey)
    await this.#options.config.update(({ relays }) => ({
      relays: relays.filter((relay) => relay.relayKey !== relayKey)
    }))
    this.emit('change')
    const purging = this.#options.store.purge(circleOf(relayKey, isPrivate))
    this.#purging.set(relayKey, purging)
    try {
      this.#options.log('forgotten', { relayKey, cores: await purging })
    } finally {
      this.#purging.delete(relayKey)
    }
  }

  /** Closes a group and what serves it; does nothing without one. */
  async #letGo(relayKey: string): Promise<void> {
    const group = this.groups.get(relayKey)
    if (group === undefined) return
    this.groups.delete(relayKey)
    this.emit('change')
    await this.#options.stopServing?.(relayKey)
    await group.close()
  }

  #isKnown(publicIdentifier: string): boolean {
    const { relays } = this.#options.config.current
    return relays.some((relay) => relay.publicIdentifier === publicIdentifier)
  }

  /**
   * Whoever made the invite chose its identifier and whose key it leads to: a group that is
   * here by that key is replaced only when it is the one that we asked to come back to.
   * @throws INVITE_INVALID
   */
  #checkHanded(relayKey: string, { publicIdentifier }: DecodedInvite): void {
    const here = this.groups.get(relayKey) ?? this.#options.config.relay(relayKey)
    if (here !== null && here.publicIdentifier !== publicIdentifier) throw mismatched()
  }

  /** What is here of a group, also when its card never came. */
  #former(publicIdentifier: string): Group | null {
    const groups = [...this.groups.values()]
    return groups.find((group) => group.publicIdentifier === publicIdentifier) ?? null
  }

  /** One creation or join of an identifier at a time, and none of what is here already. */
  async #alone(
    publicIdentifier: string,
    taken: string,
    begin: () => Promise<Group>
  ): Promise<Group> {
    const former = this.#former(publicIdentifier)
    const known = this.#isKnown(publicIdentifier) && former?.mayRejoin !== true
    if (known || this.#beginning.has(publicIdentifier)) {
      throw new HypertunaError('RELAY_EXISTS', taken)
    }
    this.#beginning.add(publicIdentifier)
    try {
      return await begin()
    } finally {
      this.#beginning.delete(publicIdentifier)
    }
  }

  async #openKnown(known: RelayEntry): Promise<Group | null> {
    const { relayKey, access, systemKey } = known
    try {
      // What a private one is encrypted with, its Autobase has kept.
      const isPrivate = access === 'private'
      const relay = makeRelay(relayKey, { isPrivate, systemKey }, this.#options)
      return await this.#openGroup(relay, known)
    } catch (err) {
      this.#options.log('relay-not-opened', { relayKey, reason: HypertunaError.from(err).message })
      return null
    }
  }

  async #start(
    relay: Relay,
    known: KnownFacts,
    found?: (group: Group) => Promise<void>
  ): Promise<Group> {
    const group = await this.#openGroup(relay, known, found)
    this.#tell(group)
    return group
  }

  async #openGroup(
    relay: Relay,
    known: KnownFacts,
    found?: (group: Group) => Promise<void>
  ): Promise<Group> {
    const { identity, network, driveKey, log, makeFolder } = this.#options
    const pairing = this.#pairing
    const options = { relay, identity, network, pairing, driveKey, known, log }
    const group = new Group(options)
    try {
      await group.ready()
      await found?.(group)
      await makeFolder(relay.relayKey)
    } catch (err) {
      await group.close()
      throw err
    }
    this.groups.set(relay.relayKey, group)
    for (const event of ['update', 'online']) group.on(event, () => this.emit('change'))
    return group
  }

  #tell(group: Group): void {
    const { turn } = this.#options
    if (turn === undefined) group.begin()
    else void turn().then(() => group.begin())
    this.emit('group', group)
    this.emit('change')
  }
}
