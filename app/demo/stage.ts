/**
 * Everything on one machine: a local DHT, two members and a gateway, each its
 * own process with a storage of its own.
 */
import { mkdir, rm } from 'bare-fs/promises'
import { tmpdir } from 'bare-os'
import { join } from 'bare-path'
import createTestnet from 'hyperdht/testnet.js'

import type { Relay } from '../../protocol/rpc/generated/types.ts'
import { openFace } from './face.ts'
import type { Face } from './face.ts'
import { startProgram } from './process.ts'
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

export interface Stage {
  folder: string
  bootstrap: string
  members: StagedMember[]
  gateway: Program
  close(): Promise<void>
}

/** Starts it all. `told` hears of each part as it is up. */
export async function setStage(
  names: string[],
  told: (what: string, pid: number | null) => void
): Promise<Stage> {
  const folder = join(tmpdir(), `hypertuna-demo-${Date.now().toString(36)}`)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const closers: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })]
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer()
  }
  try {
    const testnet = await createTestnet(DHT_NODES)
    closers.push(() => testnet.destroy())
    const [node] = testnet.bootstrap
    const bootstrap = `${node?.host}:${node?.port}`
    told(`local DHT of ${DHT_NODES} nodes`, null)
    const members: StagedMember[] = []
    for (const name of names) {
      const member = await startMember(name, join(folder, name.toLowerCase()), bootstrap)
      closers.push(() => member.program.stop())
      closers.push(() => member.face.close())
      members.push(member)
      told(`${name}, a member`, member.program.pid)
    }
    const storage = join(folder, 'gateway')
    const flags = ['--port', '0', '--storage', storage, '--bootstrap', bootstrap]
    const gateway = await startProgram('gateway', flags)
    closers.push(() => gateway.stop())
    told('the gateway', gateway.pid)
    return { folder, bootstrap, members, gateway, close }
  } catch (err) {
    await close()
    throw err
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
