/** NDK, another client that was not written here, run unchanged in Node against our socket. */
import { spawn } from 'bare-subprocess'
import { fileURLToPath } from 'bare-url'
import test from 'brittle'

import { scene } from './nostr-scene.ts'
import type { Scene } from './nostr-scene.ts'

const script = fileURLToPath(new URL('./children/ndk.js', import.meta.url).href)

/** NDK opens no address with `/npub1` in it, so the creator's key stands as hex. */
function run({ port, group, member }: Scene): Promise<Record<string, unknown>> {
  const secret = Buffer.from(member.identity.secretKey).toString('hex')
  const { creator, alias } = group.relay.facts!
  const url = `ws://127.0.0.1:${port}/${creator}:${alias}`
  const args = ['--experimental-websocket', script, url, alias, secret]
  const child = spawn('node', args, { stdio: ['ignore', 'pipe', 'inherit'] })
  return new Promise((resolve, reject) => {
    let text = ''
    child.stdout?.on('data', (chunk) => (text += String(chunk)))
    child.on('exit', () => {
      const line = text.split('\n').find((part) => part.startsWith('{'))
      if (line === undefined) reject(new Error(`NDK said nothing: ${text}`))
      else resolve(JSON.parse(line) as Record<string, unknown>)
    })
  })
}

const COMMON = {
  published: 1,
  found: ['first'],
  live: 'a thread',
  newest: ['after'],
  deleted: [],
  searched: ['a thread'],
  state: 'field-notes',
  protected: 1,
  stranger: 'refused'
}

test(
  'NDK publishes, asks, listens, replaces, deletes and proves',
  { timeout: 40_000 },
  async (t) => {
    t.alike(await run(await scene(t)), { ...COMMON, strangerReads: 'a thread' })
  }
)

test(
  'NDK in a private group proves itself, and a stranger sees nothing',
  { timeout: 40_000 },
  async (t) => {
    t.alike(await run(await scene(t, {}, 'private')), {
      ...COMMON,
      strangerReads: 'restricted: this group is for its members'
    })
  }
)
