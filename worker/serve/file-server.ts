import { againstFile } from '../../protocol/authorization.ts'
import { HypertunaError } from '../../protocol/errors.ts'
import type { NamedFile } from '../../protocol/file-event.ts'
import type {
  Asker,
  ChannelSocket,
  FileHead,
  FileResponder,
  GivenFile,
  PeerInfo,
  SocketOrigin,
  Stored
} from '../../protocol/file-channel/channel.ts'
import { verifyEvent } from '../../protocol/nostr.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import type { Bandwidth } from '../files/bandwidth.ts'
import type { Drive } from '../files/drive.ts'
import { isPrivate } from '../relays/relay-files.ts'
import type { RelayFiles } from '../relays/relay-files.ts'
import type { Uploads } from './uploads.ts'

export type { RelayFiles } from '../relays/relay-files.ts'

/** Where clients that gateways carry are spoken with. */
export interface Sockets {
  /** @param gateway - the key of the gateway that brings it */
  carry(relayKey: string, socket: ChannelSocket, origin: SocketOrigin, gateway: string): void
}

/** What looks over the challenges of others, and over what is read meanwhile. */
export interface Watch {
  /** @throws BUSY, FORBIDDEN */
  admit(peer: Asker, challenge: { length: number; nonce: Uint8Array }): void
  reading(relayKey: string, hash: string, offset: number, length: number): void
}

/** Holders that a NOT_HELD names at most. */
const MAX_HOLDERS = 16
/** Bytes after which a request that goes on is looked at again. */
const LOOK_AGAIN = 1024 * 1024

/**
 * Answers one relay's file channels from its records and the own drive.
 *
 * A file is served only while a live record of this relay names it, although the
 * same bytes may lie in the drive for another relay, and to nobody who is no member
 * any more: a channel outlives its handshake, so each request is looked at. Open and
 * closed relays are read by gateways too; private ones by members alone, and in the
 * name of one by a gateway that an admin listed, which shows what the member signed.
 * Bytes are plain on the channel, however they lie in the drive.
 */
export class FileServer implements FileResponder {
  readonly relay: RelayFiles
  readonly drive: Pick<Drive, 'key' | 'entry' | 'getFile' | 'layer'>
  readonly #up: Bandwidth | null
  readonly #watch: Watch | null
  readonly #sockets: Sockets | null
  readonly #uploads: Uploads | null

  constructor(options: {
    relay: RelayFiles
    drive: FileServer['drive']
    /** The relay's Nostr, for clients that come to gateways; null where there is none. */
    sockets?: Sockets | null
    /** What members bring by HTTP; null where nothing is taken. */
    uploads?: Uploads | null
    /** What all that is served together may take; null for any number. */
    up?: Bandwidth | null
    watch?: Watch | null
  }) {
    this.relay = options.relay
    this.drive = options.drive
    this.#sockets = options.sockets ?? null
    this.#uploads = options.uploads ?? null
    this.#up = options.up ?? null
    this.#watch = options.watch ?? null
  }

  /**
   * Clients of Nostr are carried here by gateways, to a private relay by listed ones.
   *
   * @throws FORBIDDEN, BUSY, BAD_REQUEST
   */
  socket(peer: PeerInfo, socket: ChannelSocket, origin: SocketOrigin): void {
    if (peer.role !== 'gateway') throw forbidden('Gateways alone carry sockets')
    if (this.#isPrivate) this.#checkListed(peer)
    if (this.#sockets === null) throw new HypertunaError('BUSY', 'No sockets are served here now')
    this.#sockets.carry(this.relay.relayKey, socket, origin, peer.noiseKey ?? '')
  }

  /** @throws FORBIDDEN, TOO_LARGE, BUSY, HASH_MISMATCH, TRUNCATED, STORAGE_* */
  async put(peer: Asker, file: GivenFile, source: AsyncIterable<Uint8Array>): Promise<Stored> {
    return this.#takesFrom(peer).put(this.relay, peer.authorization, file, source)
  }

  /** @throws FORBIDDEN, NOT_IN_RELAY, DELETED */
  async remove(peer: Asker, hash: string): Promise<void> {
    await this.#takesFrom(peer).remove(this.relay, peer.authorization, hash)
  }

  /** Members bring and delete files by gateways; of a private relay by listed ones. */
  #takesFrom(peer: Asker): Uploads {
    if (peer.role !== 'gateway') throw forbidden('Gateways alone bring files')
    if (this.#isPrivate) this.#checkListed(peer)
    if (this.#uploads === null) throw forbidden('No files are taken here')
    return this.#uploads
  }

  /** @throws BUSY when challenges have cost enough, FORBIDDEN for one of our own */
  challenged(peer: Asker, challenge: { length: number; nonce: Uint8Array }): void {
    this.#watch?.admit(peer, challenge)
  }

  /**
   * @throws FORBIDDEN, NOT_IN_RELAY, DELETED, NOT_HELD with `details.holders` (driveKeys),
   *   STORAGE_*
   */
  async head(peer: Asker, hash: string): Promise<FileHead> {
    await this.#checkPeer(peer, hash)
    const held = await this.#uploads?.held(this.relay, hash)
    if (held && (await this.relay.record(hash)) === null) {
      const { size, mime, event } = held
      return { status: 'ok', size, mime, name: null, event }
    }
    const { file, event } = await this.#record(hash)
    const entry = await this.drive.entry(this.relay.relayKey, hash)
    if (entry === null) throw await this.#notHeld(hash)
    return { status: 'ok', size: entry.size, mime: file.mime, name: file.name, event }
  }

  /** @throws FORBIDDEN, UNKNOWN_FILE when it went meanwhile, STORAGE_* */
  async *read(
    peer: Asker,
    hash: string,
    offset: number,
    length: number
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const range = { start: offset, end: offset + length }
    await this.#checkPeer(peer, hash)
    this.#watch?.reading(this.relay.relayKey, hash, offset, length)
    let unchecked = 0
    for await (const chunk of this.drive.getFile(this.relay.relayKey, hash, range)) {
      unchecked += chunk.byteLength
      if (unchecked >= LOOK_AGAIN) {
        // Not its time: what began in time may take as long as it takes.
        await this.#checkStill(peer)
        unchecked = 0
      }
      const turn = this.#up?.take(chunk.byteLength) ?? null
      if (turn !== null) await turn
      yield chunk
    }
  }

  /** @throws FORBIDDEN, NOT_IN_RELAY, DELETED, NOT_HELD, STORAGE_* */
  async layer(peer: Asker, hash: string): Promise<Uint8Array> {
    await this.#checkPeer(peer, hash)
    const held = (await this.#uploads?.held(this.relay, hash)) ?? null
    if (held === null) await this.#record(hash)
    const entry = await this.drive.entry(this.relay.relayKey, hash)
    if (entry === null) throw await this.#notHeld(hash)
    return this.drive.layer(this.relay.relayKey, hash)
  }

  /** Whether these bytes may go to who asks; of a private relay by a gateway, in whose name. */
  async #checkPeer(peer: Asker, hash: string): Promise<void> {
    if (peer.role === 'gateway' && this.#isPrivate) await this.#checkAuthorized(peer, hash)
    await this.#checkStill(peer)
  }

  get #isPrivate(): boolean {
    return isPrivate(this.relay)
  }

  /** @throws FORBIDDEN with a reason that repeats nothing of the authorization */
  async #checkAuthorized(peer: Asker, hash: string): Promise<void> {
    const { publicIdentifier } = this.relay
    const { authorization = null } = peer
    this.#checkListed(peer) // first: of no other gateway a word is answered
    if (authorization === null) {
      throw forbidden('A private group’s files are for who shows a member’s authorization')
    }
    if (!verifyEvent(authorization)) throw forbidden('The authorization is not validly signed')
    const now = Math.floor(Date.now() / 1000)
    const wrong = againstFile(authorization, { publicIdentifier, hash, now })
    if (wrong !== null) throw forbidden(wrong)
  }

  /**
   * Whoever was removed gets nothing more, although its channel, or what was asked in
   * its name, may still be open.
   */
  async #checkStill(peer: Asker): Promise<void> {
    const isGateway = peer.role === 'gateway'
    if (isGateway && !this.#isPrivate) return
    if (isGateway) this.#checkListed(peer)
    const pubkey = isGateway ? (peer.authorization?.pubkey ?? null) : peer.pubkey
    if (pubkey !== null && (await this.relay.isMember(pubkey))) return
    throw forbidden('Only members of this group get its files')
  }

  #checkListed({ noiseKey }: Asker): void {
    if (noiseKey !== undefined && this.relay.gateways.includes(noiseKey)) return
    throw forbidden('No admin of this private group has listed this gateway')
  }

  async #record(hash: string): Promise<{ file: NamedFile; event: NostrEvent }> {
    const record = await this.relay.record(hash)
    if (record !== null) return record
    if (await this.relay.isDeleted(hash)) {
      throw new HypertunaError('DELETED', 'The file was deleted from this group')
    }
    throw new HypertunaError('NOT_IN_RELAY', 'No live record of this group names the file')
  }

  async #notHeld(hash: string): Promise<HypertunaError> {
    const providers = await this.relay.providers(hash)
    const holders = providers
      .map(({ driveKey }) => driveKey)
      .filter((driveKey) => driveKey !== this.drive.key)
      .slice(0, MAX_HOLDERS)
    const details = { holders: holders.join(',') }
    return new HypertunaError('NOT_HELD', 'This member does not hold the file', { details })
  }
}

const forbidden = (message: string): HypertunaError => new HypertunaError('FORBIDDEN', message)
