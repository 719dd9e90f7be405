/**
 * Everything on one machine: a local DHT, two members and a gateway, each its
 * own process with a storage of its own.
 */
import { mkdir, rm } from 'bare-fs/promises'
import { tmpdir } from 'bare-os'
import { join } from 'bare-path'
import process from 'bare-process'
import createTestnet from 'hyperdht/testnet.js'
import ReadyResource from 'ready-resource'

import { HypertunaError } from '../../protocol/errors.ts'
import type { Relay } from '../../protocol/rpc/generated/types.ts'
import { openFace } from '../face.ts'
import type { Face } from '../face.ts'
import { endPrograms, startProgram } from './process.ts'
import type { Program } from './process.ts'

/** A DHT of two or three nodes fails across processes; ten are comfortable. */
const DHT_NODES = 10

export interface StagedMember {
  name: string
  storage: string
  program: Program
  face: Face
  pubkey: string
}

/** Emits `up` with a name and a pid, or null, for each part as it is up. */
export class Stage extends ReadyResource {
  /** Where all of it is kept; removed at the end. */
  readonly folder = join(tmpdir(), `hypertuna-demo-${Date.now().toString(36)}-${process.pid}`)
  readonly members: StagedMember[] = []
  bootstrap = ''
  #gateway: Program | null = null
  #testnet: Awaited<ReturnType<typeof createTestnet>> | null = null
  readonly #names: string[]

  constructor(names: string[]) {
    super()
    this.#names = names
  }

  get gateway(): Program {
    if (this.#gateway === null) throw new HypertunaError('CLOSED', 'The gateway is not up')
    return this.#gateway
  }

  /** Ends what is still starting as well, without waiting for it. */
  override close(): Promise<void> {
    void endPrograms()
    return super.close()
  }

  override async _open(): Promise<void> {
    try {
      await this.#start()
    } catch (err) {
      await this._close()
      throw err
    }
  }

  override async _close(): Promise<void> {
    await Promise.all([endPrograms(), ...this.members.map(({ face }) => face.close())])
    await this.#testnet?.destroy()
    await rm(this.folder, { recursive: true, force: true })
  }

  async #start(): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 })
    this.#testnet = await createTestnet(DHT_NODES)
    const [node] = this.#testnet.bootstrap
    this.bootstrap = `${node?.host}:${node?.port}`
    this.#told(`local DHT of ${DHT_NODES} nodes`, null)
    for (const name of this.#names) {
      const storage = join(this.folder, name.toLowerCase())
      const member = await startMember(name, storage, this.bootstrap)
      this.members.push(member)
      this.#told(`${name}, a member`, member.program.pid)
    }
    const storage = join(this.folder, 'gateway')
    const flags = ['--port', '0', '--storage', storage, '--bootstrap', this.bootstrap]
    this.#gateway = await startProgram('gateway', flags)
    this.#told('the gateway', this.#gateway.pid)
  }

  #told(what: string, pid: number | null): void {
    if (this.closing !== null) throw new HypertunaError('CLOSED', 'The demo was stopped')
    this.emit('up', what, pid)
  }
}

/** Starts a member by the same entry as `npm start` and opens a face to it. */
export async function startMember(
  name: string,
  storage: string,
  bootstrap: string
): Promise<StagedMember> {
  const flags = ['--storage', storage, '--bootstrap', bootstrap, '--local-port', '0']
  const program = await startProgram('member', [...flags, '--port', '0', '--no-open'])
  const face = await openFace(storage)
  const { pubkey } = await face.first('status', {}, ({ state }) => state === 'ready')
  await face.call('setName', { name })
  return { name, storage, program, face, pubkey }
}

/** One founds a relay and the others join it by invite. */
export async function gather(
  [founder, ...others]: StagedMember[],
  wish: { name: string; access: 'open' | 'closed' }
): Promise<Relay> {
  if (founder === undefined) throw new RangeError('a relay needs a founder')
  const relay = await founder.face.call('createRelay', wish)
  const { relayKey } = relay
  for (const { face } of others) {
    const { invite } = await founder.face.call('createInvite', {
      relayKey,
      expiresIn: 600,
      uses: 1
    })
    await face.first('joinRelay', { invite }, ({ phase }) => phase === 'ready')
  }
  return relay
}
