/**
 * What an admin's device does about who signs the relay, and what a person can see
 * of it and do. The rules: `indexers.ts`. Nothing here knows when somebody is lost;
 * a person says so.
 */
import b4a from 'b4a'

import { HypertunaError } from '../../protocol/errors.ts'
import { canFork, hadWritten } from './indexer-effects.ts'
import { passedOn, readAdminDevices, readIndexers, readLosses, sameWriters } from './indexers.ts'
import type { IndexerFacts } from './indexers.ts'
import type { Relay } from './relay.ts'
import { readWriter, readWriterFacts } from './state.ts'

/** Who signs, and how far they have come. */
export interface Signing {
  /** Pubkeys whose devices sign: one or three. */
  signers: string[]
  /** Whose device takes over when they are declared lost; null while nobody could. */
  successor: string | null
  /** Pubkeys of admins that declared signers lost and are not enough yet. */
  declaredBy: string[]
  /** Whether the declaration that stands names a device of ours. */
  accused: boolean
  /** Accepted events that nobody has signed yet. */
  unsigned: number
  /** What the oldest of them says of its time, in seconds; null while all is signed. */
  unsignedSince: number | null
  /** What the newest signed event says of its time, in seconds; null before any. */
  signedUntil: number | null
}

export interface SuccessionOptions {
  relay: Relay
  /** Ours. */
  pubkey: string
  driveKey: string
  /** Pubkeys of members that are connected now. */
  online(): ReadonlySet<string>
}

export class Succession {
  readonly #options: SuccessionOptions
  /** The fork that was tried last: where it does not help it is not tried again. */
  #tried = ''

  constructor(options: SuccessionOptions) {
    this.#options = options
  }

  async signing(): Promise<Signing> {
    const { relay, pubkey } = this.#options
    const { state } = relay
    const { writers, successor } = await readIndexers(state, relay.relayKey)
    const owners = await Promise.all(writers.map((writer) => readWriter(state, writer)))
    const losses = await readLosses(state)
    const { log } = relay.base.view
    const { length, signedLength } = log
    const at = async (position: number): Promise<number> =>
      (await relay.eventAt(position)).created_at
    return {
      signers: owners.filter((owner) => owner !== null),
      successor: successor === null ? null : await readWriter(state, successor),
      declaredBy: losses.map(({ by }) => by).filter((by) => by !== pubkey),
      accused: losses.some(({ writers }) => writers.includes(relay.writer)),
      unsigned: Math.max(0, length - signedLength),
      unsignedSince: signedLength < length ? await at(signedLength) : null,
      signedUntil: signedLength > 0 ? await at(Math.min(signedLength, length) - 1) : null
    }
  }

  /**
   * Declares the devices of those signers lost that are not connected, as a person
   * wishes; what another admin declared already, when there is such a declaration.
   * With the word of enough admins the successor's device takes over.
   * @throws NOT_ALLOWED for who is no admin, and when all who sign are connected
   */
  async declareLost(): Promise<void> {
    const { relay } = this.#options
    const writers = await this.#agreeable()
    if (writers !== null) return relay.append([{ type: 'lost', writers }])
    const lost = await this.#missing()
    if (lost.length === 0) {
      throw new HypertunaError('NOT_ALLOWED', 'Everybody who signs for the group is connected')
    }
    await relay.append([{ type: 'lost', writers: lost }])
  }

  /** Takes our declaration back; when the others' are not enough without it, nobody is lost. */
  takeBack(): Promise<void> {
    return this.#options.relay.append([{ type: 'lost', writers: [] }])
  }

  /** What is to be done without being asked; only on a writable device of an admin. */
  async attend(): Promise<void> {
    const { relay, driveKey } = this.#options
    const { state, writer } = relay
    if ((await readWriterFacts(state, writer))?.drive === null) {
      // Only a device that has written can sign, or take over.
      await relay.append([{ type: 'announce', driveKey, held: [], withdrawn: [] }])
    }
    const facts = await readIndexers(state, relay.relayKey)
    const named = (await readLosses(state)).some(({ writers }) => writers.includes(writer))
    if (named || facts.lost.includes(writer)) await relay.append([{ type: 'present' }])
    else if (await this.#stands(facts)) await relay.append([{ type: 'stands' }])
    else if (facts.heir === writer) await this.#succeed(facts)
  }

  /** Whether we sign now, with the others that are to, and have not said so. */
  async #stands({ heir, writers, standing }: IndexerFacts): Promise<boolean> {
    const { writer } = this.#options.relay
    if (heir === null || !writers.includes(writer) || standing.includes(writer)) return false
    return sameWriters((await this.#signersNow()).sort(), [...writers].sort())
  }

  /** Devices of those who sign, or would have to sign who comes after them, and are not here. */
  async #missing(): Promise<string[]> {
    const { relay, online } = this.#options
    const { state, relayKey, members } = relay
    const facts = await readIndexers(state, relayKey)
    const devices = await readAdminDevices(state, relayKey)
    const lost = new Set<string>()
    for (const writer of new Set([...facts.writers, ...(await this.#signersNow())])) {
      const owner = await readWriter(state, writer)
      const isAdmin = owner !== null && members.get(owner) === 'admin'
      if (facts.lost.includes(writer) || (isAdmin && online().has(owner))) continue
      lost.add(writer)
      for (const device of devices) if (device.pubkey === owner) lost.add(device.writer)
    }
    lost.delete(relay.writer)
    return [...lost].sort()
  }

  /** Writers whose signatures count as far as anything was signed. */
  async #signersNow(): Promise<string[]> {
    const { system, indexedLength } = this.#options.relay.base
    const { indexers } = await system.getIndexedInfo(indexedLength)
    return indexers.map(({ key }) => b4a.toString(key, 'hex'))
  }

  /** Another admin's declaration that we can agree with; null without one. */
  async #agreeable(): Promise<string[] | null> {
    const { relay, pubkey, online } = this.#options
    for (const { by, writers } of await readLosses(relay.state)) {
      if (by === pubkey || writers.includes(relay.writer)) continue
      const owners = await Promise.all(writers.map((writer) => readWriter(relay.state, writer)))
      if (!owners.some((owner) => owner !== null && online().has(owner))) return writers
    }
    return null
  }

  /** Has the view signed by us, unless enough of those who sign are still there. */
  async #succeed(facts: IndexerFacts): Promise<void> {
    const { base } = this.#options.relay
    const { system, indexedLength, local } = base
    const signers = await this.#signersNow()
    const gone = signers.filter((writer) => facts.lost.includes(writer))
    if (gone.length * 2 < signers.length) return
    const key = b4a.toString(system.core.key, 'hex')
    if (this.#tried === key + indexedLength) return
    if (!(await canFork(local.key, indexedLength, system))) {
      if (!(await hadWritten(local.key, indexedLength, system))) await this.#pass(facts)
      return
    }
    this.#tried = key + indexedLength
    await this.#options.relay.append([{ type: 'succeed', key, length: indexedLength }])
  }

  /** Lets the next admin's device do it, when there is one. */
  async #pass(facts: IndexerFacts): Promise<void> {
    const { relay } = this.#options
    const devices = await readAdminDevices(relay.state, relay.relayKey)
    if (passedOn(facts, devices) !== facts) await relay.append([{ type: 'pass' }])
  }
}
