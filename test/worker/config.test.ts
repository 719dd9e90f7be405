import test from 'brittle'
import { chmod, mkdir, readFile, readdir, stat, writeFile } from 'bare-fs/promises'
import { join } from 'bare-path'
import { HypertunaError } from '../../protocol/errors.ts'
import { loadOrCreateConfig } from '../../worker/config.ts'
import type { RelayConfig, RelayEntry } from '../../worker/config.ts'
import { unreadable } from '../../worker/disk-error.ts'
import { plainUser, startChild } from './child.ts'
import { codeOf } from './drive-fixture.ts'

const KEY = 'ab'.repeat(32)
const RELAY: RelayEntry = {
  relayKey: KEY,
  publicIdentifier: 'npub1x:friends',
  name: 'Friends',
  access: 'closed',
  autoConnect: true,
  keep: 'all',
  joinedAt: 1700000000
}

async function read(dir: string): Promise<Record<string, unknown>> {
  return JSON.parse((await readFile(join(dir, 'relay-config.json'), 'utf8')) as string)
}

async function write(dir: string, text: string): Promise<string> {
  const path = join(dir, 'relay-config.json')
  await writeFile(path, text)
  return path
}

test('a missing configuration is created, closed to others', async (t) => {
  const dir = await t.tmp()
  const config = await loadOrCreateConfig(dir)
  t.is(config.get().localPort, 1945)
  t.alike(await read(dir), config.get())
  t.is((await stat(config.path)).mode & 0o777, 0o600)
  t.alike(await readdir(dir), ['relay-config.json'], 'and nothing beside it')
})

test('what is updated is there for the next one', async (t) => {
  const dir = await t.tmp()
  const config = await loadOrCreateConfig(dir)
  await config.update({ driveKey: KEY, driveVersion: 7, gateways: ['https://example.org'] })
  await config.setRelay(RELAY)
  await config.setRelay({ ...RELAY, name: 'Better friends' })
  const again = (await loadOrCreateConfig(dir)).get()
  t.is(again.driveVersion, 7)
  t.alike(again.relays, [{ ...RELAY, name: 'Better friends' }])
  t.is((await stat(config.path)).mode & 0o777, 0o600)
})

test('updates at once are all kept, in their order', async (t) => {
  const dir = await t.tmp()
  const config = await loadOrCreateConfig(dir)
  const keys = Array.from({ length: 20 }, (_, i) => i.toString(16).padStart(64, '0'))
  await Promise.all(keys.map((relayKey) => config.setRelay({ ...RELAY, relayKey })))
  const { relays } = (await loadOrCreateConfig(dir)).get()
  t.alike(
    relays.map(({ relayKey }) => relayKey),
    keys
  )
})

test('what get gives is a copy', async (t) => {
  const config = await loadOrCreateConfig(await t.tmp())
  config.get().gateways.push('https://example.org')
  t.alike(config.get().gateways, [])
})

const WRONG: [field: string, values: Record<string, unknown>][] = [
  ['version', { version: 2 }],
  ['colour', { colour: 'red' }],
  ['driveKey', { driveKey: 'AB'.repeat(32) }],
  ['driveVersion', { driveVersion: -1 }],
  ['driveVersion', { driveVersion: '7' }],
  ['localPort', { localPort: 70000 }],
  ['localPort', { localPort: 1.5 }],
  ['gateways', { gateways: 'https://example.org' }],
  ['gateways[1]', { gateways: ['https://example.org', 'ftp://example.org'] }],
  ['quotaBytes', { quotaBytes: 'much' }],
  ['bulkLane', { bulkLane: 'yes' }],
  ['bulkLanePort', { bulkLanePort: 80 }],
  ['bulkLanePort', { bulkLanePort: 65536 }],
  ['blindPeers', { blindPeers: 'x' }],
  ['blindPeers', { blindPeers: ['x'.repeat(64)] }],
  ['blindPeers', { blindPeers: ['l'.repeat(52)] }],
  ['relays[0].copies', { relays: [{ ...RELAY, copies: 0 }] }],
  ['relays', { relays: {} }],
  ['relays[0]', { relays: [null] }],
  ['relays[0].access', { relays: [{ ...RELAY, access: 'secret' }] }],
  ['relays[0].autoConnect', { relays: [{ ...RELAY, autoConnect: 1 }] }],
  ['relays[0].colour', { relays: [{ ...RELAY, colour: 'red' }] }],
  ['relays[1].relayKey', { relays: [RELAY, RELAY] }]
]

for (const [field, values] of WRONG) {
  const text = JSON.stringify({ version: 1, ...values })
  test(`${text.slice(0, 70)} is refused by the name ${field}, and left alone`, async (t) => {
    const dir = await t.tmp()
    const path = await write(dir, text)
    const err = await failure(loadOrCreateConfig(dir))
    t.is(err.code, 'BAD_CONFIG')
    t.is(err.details?.field, field)
    t.ok(err.message.includes(field))
    t.is(await readFile(path, 'utf8'), text)
  })
}

test('what is not JSON, or not an object, is refused and left alone', async (t) => {
  for (const text of ['', '{"version": 1', '[]', 'null', '"version"', '{}']) {
    const dir = await t.tmp()
    const path = await write(dir, text)
    t.is((await failure(loadOrCreateConfig(dir))).code, 'BAD_CONFIG', text)
    t.is(await readFile(path, 'utf8'), text)
  }
})

test('a configuration that cannot be read is refused', async (t) => {
  const dir = await t.tmp()
  await mkdir(join(dir, 'relay-config.json'))
  t.is(await codeOf(loadOrCreateConfig(dir)), 'BAD_CONFIG')
})

test('a file that this user may not read is a matter of permissions', (t) => {
  const denied = Object.assign(new Error('open'), { code: 'EACCES' })
  const { code, message } = unreadable(denied, '/s/relay-config.json', 'BAD_CONFIG')
  t.is(code, 'STORAGE_DENIED')
  t.ok(message.includes('/s/relay-config.json'))
  t.is(unreadable(new Error('read'), '/s/relay-config.json', 'BAD_CONFIG').code, 'BAD_CONFIG')
})

test('a wrong update changes neither the values nor the file', async (t) => {
  const dir = await t.tmp()
  const config = await loadOrCreateConfig(dir)
  const before = await read(dir)
  const wrong = { localPort: 'many', colour: 'red' } as unknown as Partial<RelayConfig>
  t.is(await codeOf(config.update(wrong)), 'BAD_CONFIG')
  t.is(config.get().localPort, 1945)
  t.alike(await read(dir), before)
  await config.update({ localPort: 2000 })
  t.is(config.get().localPort, 2000, 'the next one is taken')
})

const user = plainUser()

test(
  'a folder that may not be written says so, and what was there stays',
  { skip: user === null },
  async (t) => {
    const dir = await t.tmp()
    await loadOrCreateConfig(dir)
    await chmod(join(dir, 'relay-config.json'), 0o644)
    await chmod(dir, 0o555)
    const child = startChild(t, 'update-config.js', [dir], { uid: user ?? 0 })
    t.is(await child.line(), 'STORAGE_DENIED')
    await chmod(dir, 0o755)
    t.is((await loadOrCreateConfig(dir)).get().localPort, 1945)
  }
)

test('killed at any moment while it saves, the file is whole', async (t) => {
  const dir = await t.tmp()
  for (let round = 1; round <= 8; round++) {
    const child = startChild(t, 'save-config.js', [dir])
    for (let i = 0; i < round; i++) await child.line()
    child.kill('SIGKILL')
    await child.ended
    const { driveVersion, relays } = (await loadOrCreateConfig(dir)).get()
    if (driveVersion !== relays.length) t.fail('half of an update')
  }
  t.pass('8 times')
})

async function failure(promise: Promise<unknown>): Promise<HypertunaError> {
  try {
    await promise
  } catch (err) {
    if (err instanceof HypertunaError) return err
    throw err
  }
  throw new Error('It did not fail')
}
