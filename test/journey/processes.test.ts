/**
 * The journey between real processes, each started by its shipped entry: what a
 * person runs, killed as a person's computer would be.
 */
import '../../worker/globals.ts'
import b4a from 'b4a'
import { chmodSync, readFileSync, statSync, writeFileSync } from 'bare-fs'
import { join } from 'bare-path'
import process from 'bare-process'
import test from 'brittle'
import createTestnet from 'hyperdht/testnet.js'

import { openFace } from '../../app/face.ts'
import { fetchAndHash } from '../../app/demo/fetch.ts'
import { startProgram } from '../../app/demo/process.ts'
import type { Program } from '../../app/demo/process.ts'
import { gather, startMember } from '../../app/demo/stage.ts'
import type { StagedMember } from '../../app/demo/stage.ts'
import { fileLink } from '../../protocol/ids.ts'
import type { Relay } from '../../protocol/rpc/generated/types.ts'
import { randomFile } from '../worker/whole.ts'
import type { TestContext } from '../worker/member.ts'
import { pollFor } from '../poll.ts'

const ARRIVAL = 60_000

async function dht(t: TestContext): Promise<string> {
  const testnet = await createTestnet(10)
  t.teardown(() => testnet.destroy(), { order: 100 })
  const [node] = testnet.bootstrap
  return `${node?.host}:${node?.port}`
}

async function member(t: TestContext, name: string, bootstrap: string): Promise<StagedMember> {
  const started = await startMember(name, join(await t.tmp(), 'storage'), bootstrap)
  t.teardown(async () => {
    await started.face.close()
    await started.program.stop()
  })
  return started
}

async function share(
  { face }: StagedMember,
  { relayKey }: Relay,
  { path, hash, name }: { path: string; hash: string; name: string }
): Promise<void> {
  await face.call('storePath', { relayKey, path, fileHash: hash, name, mime: 'video/mp4' })
  await face.call('post', { relayKey, content: '', kind: 1063, files: [{ hash, name }] })
}

function arrived({ face }: StagedMember, { relayKey }: Relay, hash: string): Promise<unknown> {
  const here = ({ files }: { files: { hash: string; here: boolean }[] }): boolean =>
    files.some((file) => file.hash === hash && file.here)
  return face.first('files', { relayKey }, here, ARRIVAL)
}

async function startGateway(t: TestContext, bootstrap: string): Promise<Program> {
  const storage = await t.tmp()
  const flags = ['--port', '0', '--storage', storage, '--bootstrap', bootstrap]
  const gateway = await startProgram('gateway', flags)
  t.teardown(() => gateway.stop())
  return gateway
}

test(
  'published by one process, verified in another, fetched through a third',
  { timeout: 120_000 },
  async (t) => {
    const bootstrap = await dht(t)
    const mara = await member(t, 'Mara', bootstrap)
    const ivo = await member(t, 'Ivo', bootstrap)
    const relay = await gather([mara, ivo], { name: 'Field notes', access: 'closed' })
    const file = await randomFile(t, 20 * 1024 * 1024 + 3, 'take one.mp4')
    await share(mara, relay, file)
    await arrived(ivo, relay, file.hash)

    const gateway = await startGateway(t, bootstrap)
    const url = fileLink(gateway.url.replace(/\/$/, ''), relay.publicIdentifier, file.hash, 'mp4')
    const whole = await fetchAndHash(url)
    t.is(whole.status, 200)
    t.is(whole.hash, file.hash, 'every byte')
    t.is(whole.headers['content-type'], 'video/mp4')
    t.is(whole.headers.etag, `"${file.hash}"`)
    const part = await fetchAndHash(url, { range: 'bytes=-5' })
    t.is(part.status, 206)
    t.is(part.bytes, 5)

    t.is(await mara.program.stop(), 0, 'the founder ends well')
    const without = await fetchAndHash(url)
    t.is(without.hash, file.hash, 'the other member serves alone')
    const unknown = await fetchAndHash(url.replace(file.hash, 'f'.repeat(64)))
    t.is(unknown.status, 404)
    await ivo.face.close()
    t.is(await ivo.program.stop(), 0)
    const nobody = await fetchAndHash(url.replace(file.hash, 'e'.repeat(64)))
    t.is(nobody.status, 503, 'nobody online')
  }
)

test(
  'a member killed in the middle of a fetch ends up with the whole file',
  { timeout: 120_000 },
  async (t) => {
    const bootstrap = await dht(t)
    const mara = await member(t, 'Mara', bootstrap)
    const ivo = await member(t, 'Ivo', bootstrap)
    const relay = await gather([mara, ivo], { name: 'Field notes', access: 'open' })
    const file = await randomFile(t, 96 * 1024 * 1024)
    const under = ivo.face.first(
      'transfers',
      {},
      ({ transfers }) => transfers.some(({ hash, received }) => hash === file.hash && received > 0),
      ARRIVAL
    )
    await share(mara, relay, file)
    await under
    process.kill(ivo.program.pid, 'SIGKILL')
    await ivo.face.closed
    await ivo.program.stop()
    const again = await startMember('Ivo', ivo.storage, bootstrap)
    t.teardown(async () => {
      await again.face.close()
      await again.program.stop()
    })
    await arrived(again, relay, file.hash)
    const status = await again.face.first('status', {}, ({ state }) => state !== 'starting')
    t.is(status.state, 'ready')
    const url = fileLink(
      `http://127.0.0.1:${status.localPort}`,
      relay.publicIdentifier,
      file.hash,
      null
    )
    t.is((await fetchAndHash(url)).hash, file.hash)
  }
)

test(
  'a second process on the same storage says so and touches nothing',
  { timeout: 120_000 },
  async (t) => {
    const bootstrap = await dht(t)
    const mara = await member(t, 'Mara', bootstrap)
    const flags = ['--storage', mara.storage, '--bootstrap', bootstrap, '--no-open']
    const second = await startProgram('member', [...flags, '--local-port', '0']).catch(
      (err: Error) => err
    )
    const told =
      second instanceof Error ? second.message : await problemOf(second, 'STORAGE_LOCKED')
    if (!(second instanceof Error)) await second.stop()
    t.ok(/STORAGE_LOCKED/.test(told), 'named by its code')
    const status = await mara.face.first('status', {}, () => true)
    t.is(status.state, 'ready', 'the first goes on')
  }
)

/** Waits for the program's log to name a problem. */
async function problemOf(program: Program, code: string): Promise<string> {
  await pollFor(10_000, () => program.log().includes(code))
  return program.log()
}

test(
  'an invalid configuration is named, left untouched, and the app still answers',
  { timeout: 120_000 },
  async (t) => {
    const bootstrap = await dht(t)
    const storage = await t.tmp()
    const path = join(storage, 'relay-config.json')
    const wrong = JSON.stringify({ version: 1, driveKey: 'not a key' })
    writeFileSync(path, wrong)
    chmodSync(path, 0o600)
    const flags = ['--storage', storage, '--bootstrap', bootstrap, '--no-open', '--local-port', '0']
    const program = await startProgram('member', flags)
    t.teardown(() => program.stop())
    const face = await openFace(storage)
    t.teardown(() => face.close())
    const { problems } = await face.first('status', {}, ({ state }) => state === 'degraded')
    t.is(problems[0]?.code, 'BAD_CONFIG')
    t.ok(problems[0]?.message.includes('driveKey'), 'the field is named')
    t.is(b4a.toString(readFileSync(path) as Uint8Array), wrong, 'the file is as it was')
    t.is(statSync(path).mode & 0o777, 0o600)
    await t.exception(face.call('createRelay', { name: 'x', access: 'open' }), /driveKey/)
  }
)
