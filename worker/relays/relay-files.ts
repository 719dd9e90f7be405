import { parseFiles } from '../../protocol/file-event.ts'
import type { NamedFile } from '../../protocol/file-event.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import type { Relay } from './relay.ts'
import { isGone, readMember, readProviders, readRecord } from './state.ts'
import type { Access } from './state.ts'

/** One relay's file records, as the files of the worker see them. */
export interface RelayFiles {
  readonly relayKey: string
  readonly publicIdentifier: string
  readonly access: Access
  /** Whether its creator ended the group: then none of its files is kept or served. */
  readonly ended?: boolean
  /** What the files are sealed with in drives, 32 bytes; null where they lie open. */
  readonly fileKey: Uint8Array | null
  /** Noise keys (64 hex) of the gateways that a private relay's members answer. */
  readonly gateways: readonly string[]
  /** The newest live record of a file and the event that carries it. */
  record(hash: string): Promise<{ file: NamedFile; event: NostrEvent } | null>
  providers(hash: string): Promise<{ driveKey: string; pubkey: string }[]>
  isMember(pubkey: string): Promise<boolean>
  isDeleted(hash: string): Promise<boolean>
}

/**
 * Whether the files are for members alone: by what the group calls itself, and by its being
 * encrypted, whatever it calls itself.
 */
export function isPrivate({ access, fileKey }: Pick<RelayFiles, 'access' | 'fileKey'>): boolean {
  return access === 'private' || fileKey !== null
}

/** What the file services ask of a relay, answered from its state. */
export class RecordedFiles implements RelayFiles {
  readonly #relay: Relay

  constructor(relay: Relay) {
    this.#relay = relay
  }

  get relayKey(): string {
    return this.#relay.relayKey
  }

  get publicIdentifier(): string {
    return this.#relay.publicIdentifier ?? ''
  }

  get access(): Access {
    return this.#relay.facts?.access ?? 'closed'
  }

  get ended(): boolean {
    return this.#relay.facts?.deleted === true
  }

  get fileKey(): Uint8Array | null {
    return this.#relay.fileKey
  }

  get gateways(): readonly string[] {
    return this.#relay.facts?.gateways ?? []
  }

  async record(hash: string): Promise<{ file: NamedFile; event: NostrEvent } | null> {
    const facts = this.ended ? null : await readRecord(this.#relay.state, hash)
    if (facts === null) return null
    const event = await this.#relay.eventAt(facts.position)
    const file = parseFiles(event).find((found) => found.hash === hash)
    return file === undefined ? null : { file, event }
  }

  providers(hash: string): Promise<{ driveKey: string; pubkey: string }[]> {
    return readProviders(this.#relay.state, hash)
  }

  async isMember(pubkey: string): Promise<boolean> {
    return (await readMember(this.#relay.state, pubkey)) !== null
  }

  async isDeleted(hash: string): Promise<boolean> {
    const { state } = this.#relay
    if (this.ended && (await readRecord(state, hash)) !== null) return true
    return isGone(state, hash)
  }
}
