/**
 * Runs as root of a network of its own: three members, each in a namespace, on one bridge.
 * One link after the other is taken down, without a word to anybody: `<dir> <rounds> <seed>`.
 * Meanwhile both sides add files, and the founder takes one away. Says what was wrong, a line
 * each, and `cut` for each round.
 */
import '../../worker/globals.ts'
import fs from 'bare-fs'
import { constants } from 'bare-os'
import { join } from 'bare-path'
import Pipe from 'bare-pipe'
import process from 'bare-process'
import { spawn, spawnSync } from 'bare-subprocess'
import { fileURLToPath } from 'bare-url'
import createTestnet from 'hyperdht/testnet.js'
import type { Duplex } from 'streamx'

import { createClient } from '../../protocol/rpc/client.ts'
import type { RpcClient } from '../../protocol/rpc/client.ts'
import type { SharedFile } from '../../protocol/rpc/generated/types.ts'
import { makeBytes, sha256 } from '../worker/drive-fixture.ts'
import { below, chance, short, within } from './scene.ts'

const HOST = '10.77.0.254'
const HEALING = 120_000
/** How long a link is down at least, in ms: until who is cut off is known to be away, or not. */
const DOWN = [1_000, 20_000] as const

const [dir = '', rounds = '1', seed = '1'] = process.argv.slice(2)
const next = chance(Number(seed))

interface Member {
  name: string
  link: string
  client: RpcClient
  files: Map<string, SharedFile>
  look: Set<() => void>
}

ip('link', 'set', 'lo', 'up')
ip('link', 'add', 'bridge0', 'type', 'bridge')
ip('addr', 'add', `${HOST}/24`, 'dev', 'bridge0')
ip('link', 'set', 'bridge0', 'up')
const testnet = await createTestnet(6, { host: HOST })
const bootstrap = testnet.bootstrap.map(({ host, port }) => `${host}:${port}`).join()
const members: Member[] = []
for (const i of [1, 2, 3]) members.push(await startMember(i))
const [founder] = members as [Member]
const { relayKey } = await founder.client.call('createRelay', { name: 'Notes', access: 'closed' })
for (const member of members.slice(1)) await letIn(member)
for (const member of members) follow(member)
const here = new Set<string>()
const gone = new Set<string>()
for (const member of members) await add(member)
await settle()
for (let round = 0; round < Number(rounds); round++) {
  const alone = members[round % members.length]!
  ip('link', 'set', alone.link, 'down')
  await takeAway([...here][0]!)
  for (const member of members) await add(member)
  const [shortest, longest] = DOWN
  await new Promise((resolve) => setTimeout(resolve, shortest + next() * (longest - shortest)))
  await add(alone)
  ip('link', 'set', alone.link, 'up')
  await settle()
  say('cut', alone.name)
}
process.exit(0)

async function startMember(i: number): Promise<Member> {
  const [name, link, end] = [`m${i}`, `link${i}`, `end${i}`]
  ip('netns', 'add', name)
  ip('link', 'add', link, 'type', 'veth', 'peer', 'name', end)
  ip('link', 'set', end, 'netns', name)
  ip('link', 'set', link, 'master', 'bridge0')
  ip('link', 'set', link, 'up')
  ip('-n', name, 'link', 'set', 'lo', 'up')
  ip('-n', name, 'addr', 'add', `10.77.0.${i}/24`, 'dev', end)
  ip('-n', name, 'link', 'set', end, 'up')
  ip('-n', name, 'route', 'add', 'default', 'via', HOST)
  const storage = join(dir, name)
  const entry = fileURLToPath(new URL('./cut-member.js', import.meta.url).href)
  const args = ['netns', 'exec', name, process.execPath, entry, storage, bootstrap]
  const child = spawn('ip', args, { stdio: ['ignore', 'pipe', 'inherit'] })
  process.on('exit', () => child.kill(constants.signals.SIGKILL))
  await new Promise<void>((resolve) => child.stdout?.on('data', () => resolve()))
  const pipe = new Pipe(join(storage, 'worker.sock')) as unknown as Duplex
  return { name, link, client: createClient(pipe), files: new Map(), look: new Set() }
}

async function letIn({ client }: Member): Promise<void> {
  const terms = { relayKey, expiresIn: 600, uses: 1 }
  const { invite } = await founder.client.call('createInvite', terms)
  await new Promise<void>((resolve, reject) => {
    const onend = (err: Error | null): void => (err === null ? resolve() : reject(err))
    client.subscribe('joinRelay', { invite }, () => {}, onend)
  })
}

function follow({ client, files, look }: Member): void {
  client.subscribe('files', { relayKey }, (update) => {
    if (update.reset) files.clear()
    for (const file of update.files) files.set(file.hash, file)
    for (const hash of update.removed) files.delete(hash)
    for (const each of look) each()
  })
}

async function add({ name, client }: Member): Promise<void> {
  const bytes = makeBytes(1 + below(next, 2_000_000), below(next, 2 ** 31))
  const [hash, path] = [sha256(bytes), join(dir, `from-${name}`)]
  fs.writeFileSync(path, bytes)
  await client.call('storePath', { relayKey, path, fileHash: hash })
  await client.call('post', { relayKey, content: '', kind: 1063, files: [{ hash, name: hash }] })
  here.add(hash)
}

/** The founder may take anything away, whichever side it is on. */
async function takeAway(hash: string): Promise<void> {
  const { eventId } = founder.files.get(hash)!
  await founder.client.call('deleteMessage', { relayKey, eventId })
  here.delete(hash)
  gone.add(hash)
}

/** Waits until all have the same, and looks at every byte of it. */
async function settle(): Promise<void> {
  for (const member of members) {
    const all = new Promise<void>((resolve) => {
      const look = (): void => {
        if (![...here].every((hash) => member.files.get(hash)?.here === true)) return
        if ([...gone].some((hash) => member.files.has(hash))) return
        member.look.delete(look)
        resolve()
      }
      member.look.add(look)
      look()
    })
    await within(HEALING, `${member.name} has what all have`, all).catch((err: unknown) => {
      say('wrong', (err as Error).message)
      process.exit(1)
    })
    const folder = join(dir, `out-${member.name}`)
    await member.client.call('exportFiles', { relayKey, folder, onConflict: 'skip' })
    const names = (fs.readdirSync(folder) as string[]).filter((name) => !name.startsWith('.'))
    if (names.length !== here.size) say('wrong', `${member.name} has ${names.length} files`)
    for (const hash of here) {
      const found = sha256(fs.readFileSync(join(folder, hash)) as Uint8Array)
      if (found !== hash) say('wrong', `bytes of ${short(hash)} at ${member.name}`)
    }
    fs.rmSync(folder, { recursive: true })
  }
}

function ip(...args: string[]): void {
  const { status } = spawnSync('ip', args, { stdio: 'inherit' })
  if (status !== 0) throw new Error(`ip ${args.join(' ')} ended with ${status}`)
}

function say(...words: string[]): void {
  fs.writeSync(1, words.join(' ') + '\n')
}
