/** Our key: locked, saved elsewhere, restored; and never told to anybody. */
import AbortController from 'bare-abort-controller'
import { readFileSync, statSync } from 'bare-fs'
import { join } from 'bare-path'
import test from 'brittle'

import { encodeKey } from '../../protocol/bech32.ts'
import { createLog } from '../../worker/log.ts'
import { OwnKey } from '../../worker/own-key/own-key.ts'
import { openKey } from '../../worker/own-key/seal.ts'
import { rpcHandlers } from '../../worker/rpc.ts'
import { Worker } from '../../worker/worker.ts'
import { codeOf } from './drive-fixture.ts'
import { localDht } from './member.ts'
import type { TestContext } from './member.ts'
import { startWhole, together } from './whole.ts'

const WORDS = 'correct horse battery'
/** The example of NIP-49. */
const EXAMPLE = {
  ncryptsec:
    'ncryptsec1qgg9947rlpvqu76pj5ecreduf9jxhselq2nae2kghhvd5g7dgjtcxfqtd67p9m0w57lspw8gsq6yphnm8623nsl8xn9j4jdzz84zm3frztj3z7s35vpzmqf6ksu8r89qk5z2zxfmu5gv8th8wclt0h4p',
  secretKey: '3501454135014541350145413501453fefb02227e449e57cf4d3a3ce05378683',
  passphrase: 'nostr'
}
const signal = new AbortController().signal as unknown as AbortSignal
const keyIn = (dir: string): string =>
  (JSON.parse(readFileSync(join(dir, 'identity.json'), 'utf8') as string) as { secretKey: string })
    .secretKey

/** A worker whose log is kept, to look for secrets in it. */
async function start(t: TestContext, bootstrap: string[], storage: string) {
  const lines: string[] = []
  const log = createLog({}, (line) => void lines.push(line))
  const worker = new Worker({ storage, bootstrap, localPort: 0, version: '0.0.0', log })
  await worker.ready()
  t.teardown(() => worker.close())
  return { worker, calls: rpcHandlers(worker), log: () => lines.join('\n') }
}

test('keys under a passphrase are what NIP-49 says', async (t) => {
  const opened = await openKey(EXAMPLE.ncryptsec, EXAMPLE.passphrase, signal)
  t.is(Buffer.from(opened ?? []).toString('hex'), EXAMPLE.secretKey)
  t.is(await openKey(EXAMPLE.ncryptsec, 'nostrum', signal), null)
  const costly = 'ncryptsec1qtv' + EXAMPLE.ncryptsec.slice(13)
  t.is(await codeOf(openKey(costly, 'nostr', signal)), 'UNSUPPORTED', 'not for any cost')
  t.is(await codeOf(openKey('ncryptsec1ä', 'nostr', signal)), 'BAD_IDENTITY')
})

test('locked at rest, and opened by its passphrase', { timeout: 60_000 }, async (t) => {
  const bootstrap = await localDht(t)
  const dir = await t.tmp()
  const first = await start(t, bootstrap, dir)
  const { relayKey } = await first.calls.createRelay({ name: 'Choir', access: 'closed' })
  const secret = keyIn(dir)
  const { pubkey } = first.worker.status()
  t.is(await codeOf(first.calls.setPassphrase({ next: 'short' })), 'BAD_REQUEST')
  await first.calls.setPassphrase({ next: WORDS })
  const text = readFileSync(join(dir, 'identity.json'), 'utf8') as string
  t.absent(text.includes(secret), 'the key is not in the file any more')
  t.is(statSync(join(dir, 'identity.json')).mode & 0o777, 0o600)
  t.ok(first.worker.status().sealed)
  await first.worker.close()

  const { worker, calls, log } = await start(t, bootstrap, dir)
  t.ok(worker.status().locked)
  t.alike(worker.status().problems, [], 'which is no problem')
  t.is(await codeOf(calls.createRelay({ name: 'No', access: 'open' })), 'UNAUTHORIZED')
  const listed = new Promise<number>((resolve) => {
    const send = ({ relays }: { relays: unknown[] }): void => resolve(relays.length)
    const fail = (err: Error): void => t.fail(err.message)
    void calls.relayList({}, { signal, closed: false, send, fail } as never)
  })
  t.is(await codeOf(calls.unlock({ passphrase: 'another one' })), 'UNAUTHORIZED')
  await calls.unlock({ passphrase: WORDS })
  t.is(worker.status().pubkey, pubkey)
  t.absent(worker.status().locked)
  t.ok(worker.use().relays.get(relayKey).joined)
  t.is(await listed, 1, 'who asked while it was locked hears now')
  t.is(await codeOf(calls.setPassphrase({ current: 'wrong one' })), 'UNAUTHORIZED')
  await calls.setPassphrase({ current: WORDS })
  t.is(keyIn(dir), secret, 'and open again')
  for (const word of [secret, WORDS, 'another one']) t.absent(log().includes(word))
})

test('saved, and restored where there are no groups', { timeout: 60_000 }, async (t) => {
  const bootstrap = await localDht(t)
  const dir = await t.tmp()
  const old = await startWhole(t, bootstrap, dir)
  const { pubkey } = old.worker.status()
  const { ncryptsec } = await old.calls.exportKey({ passphrase: WORDS })
  t.is(old.worker.status().backedUpAt, null, 'only a person knows that it is saved')
  await old.calls.keyBackedUp({})
  t.ok(old.worker.status().backedUpAt)
  const secret = keyIn(dir)
  await old.close()

  const other = await t.tmp()
  const { worker, calls, close } = await startWhole(t, bootstrap, other)
  const before = worker.status().pubkey
  const restore = (key: string, passphrase = ''): Promise<unknown> =>
    calls.restoreKey({ key, passphrase }) as Promise<unknown>
  t.is(await codeOf(restore('nsec1qqq')), 'BAD_IDENTITY')
  t.is(await codeOf(restore(ncryptsec, 'not this one')), 'UNAUTHORIZED')
  t.is(worker.status().pubkey, before, 'nothing has happened yet')
  await restore(` ${ncryptsec}\n`, WORDS)
  t.is(worker.status().pubkey, pubkey)
  t.is(worker.status().state, 'ready')
  t.is(keyIn(other), secret)
  t.ok(statSync(join(other, `identity-${before.slice(0, 16)}.json`)), 'the other one is kept')
  await restore(encodeKey('nsec', EXAMPLE.secretKey))
  await restore(encodeKey('nsec', secret))
  t.is(worker.status().pubkey, pubkey)
  await together({ worker, calls, storage: other, close }, [])
  t.is(await codeOf(restore(EXAMPLE.secretKey)), 'NOT_ALLOWED', 'groups know us by our key')
  t.is(worker.status().pubkey, pubkey)
  await close()
  const again = await startWhole(t, bootstrap, other)
  t.is(again.worker.status().pubkey, pubkey, 'and it stays')
})

test('wrong passphrases are waited for', { timeout: 60_000 }, async (t) => {
  const dir = await t.tmp()
  const key = new OwnKey(dir)
  t.teardown(() => key.close())
  await key.open(null)
  const attempt = (): Promise<unknown> => key.restore(EXAMPLE.ncryptsec, 'no', async () => {})
  for (let i = 0; i < 3; i++) t.is(await codeOf(attempt()), 'UNAUTHORIZED')
  t.is(await codeOf(attempt()), 'BUSY', 'the fourth has to wait')
  t.is(await codeOf(Promise.all([key.export(WORDS), key.export(WORDS)])), 'BUSY', 'one at a time')
})

test('a passphrase keeps the worker working', { timeout: 60_000 }, async (t) => {
  const key = new OwnKey(await t.tmp())
  t.teardown(() => key.close())
  await key.open(null)
  let turns = 0
  const timer = setInterval(() => turns++, 5)
  await key.export(WORDS)
  clearInterval(timer)
  t.ok(turns > 10, `${turns} turns of the event loop meanwhile`)
})
