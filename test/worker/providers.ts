/** Providers of one file for tests: honest ones and others, each on a connection of its own. */
import type { TestContext } from './member.ts'
import type { FileChannel, FileHead, PeerInfo } from '../../protocol/file-channel/channel.ts'
import type { FileRecord } from '../../protocol/file-event.ts'
import { FileHasher } from '../../protocol/pieces.ts'
import type { RelayFiles } from '../../worker/serve/file-server.ts'
import { BytesResponder, MEMBER, pair } from '../protocol/channel-pair.ts'
import { RELAY } from './drive-fixture.ts'

export interface Described {
  record: FileRecord
  layer: Uint8Array
}

/** The record of some bytes, with its piecesRoot. */
export function describe(bytes: Uint8Array, facts: Partial<FileRecord> = {}): Described {
  const hasher = new FileHasher()
  hasher.update(bytes)
  const { hash, size, piecesRoot, layer } = hasher.digest()
  const known = { url: null, mime: 'text/plain', name: 'file.txt', path: null }
  return { record: { ...known, hash, size, piecesRoot, ...facts }, layer }
}

/** Answers for whatever hash it is asked for; behaves as the test sets it. */
export class Provider extends BytesResponder {
  readonly driveKey: string
  readonly pieces: Uint8Array
  channel!: FileChannel
  answering!: FileChannel
  /** Bytes it served. */
  served = 0
  /** Awaited before each chunk. */
  pace: (at: number) => Promise<void> = async () => {}
  /** What it makes of a chunk. */
  forge: (chunk: Uint8Array, at: number) => Uint8Array = (chunk) => chunk

  constructor(bytes: Uint8Array, layer: Uint8Array, name: number) {
    super(bytes)
    this.pieces = layer
    this.driveKey = name.toString(16).padStart(2, '0').repeat(32)
  }

  override async head(): Promise<FileHead> {
    const size = this.bytes.byteLength
    return { status: 'ok', size, mime: null, name: null, event: null }
  }

  override async layer(): Promise<Uint8Array> {
    return this.pieces
  }

  override async *read(
    peer: PeerInfo,
    hash: string,
    offset: number,
    length: number
  ): AsyncGenerator<Uint8Array, void, undefined> {
    let at = offset
    for await (const chunk of super.read(peer, hash, offset, length)) {
      await this.pace(at)
      this.served += chunk.byteLength
      yield this.forge(chunk, at)
      at += chunk.byteLength
    }
  }

  /** Goes away, as by a pulled cable. */
  async leave(): Promise<void> {
    await this.answering.close()
  }
}

/** A provider that is connected to us. */
export async function provide(
  t: Pick<TestContext, 'teardown'>,
  described: Described,
  bytes: Uint8Array,
  name: number
): Promise<Provider> {
  const provider = new Provider(bytes, described.layer, name)
  const asking = { checkPeer: () => ({ ...MEMBER, driveKey: provider.driveKey }) }
  const ends = await pair(provider, { asking })
  provider.channel = ends.asking
  provider.answering = ends.answering
  t.teardown(async () => {
    await provider.channel.close()
    await provider.answering.close()
  })
  return provider
}

/** One byte other than it was. */
export function spoil(chunk: Uint8Array): Uint8Array {
  const wrong = chunk.slice()
  wrong[0] = (wrong[0] ?? 0) ^ 1
  return wrong
}

/** A relay that knows `records`, and nothing else. */
export function relayOf(records: FileRecord[], facts: Partial<RelayFiles> = {}): RelayFiles {
  const event = {
    id: '0'.repeat(64),
    pubkey: '1'.repeat(64),
    created_at: 1,
    kind: 1063,
    tags: [],
    content: '',
    sig: '2'.repeat(128)
  }
  return {
    relayKey: RELAY,
    publicIdentifier: 'npub1:test',
    access: 'closed',
    fileKey: null,
    gateways: [],
    async record(hash) {
      const file = records.find((record) => record.hash === hash)
      return file === undefined ? null : { file, event }
    },
    providers: async () => [],
    isMember: async () => true,
    isDeleted: async () => false,
    ...facts
  }
}
