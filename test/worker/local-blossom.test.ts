/** Blossom on the loopback server, and the bounds of what is held for members. */
import 'bare-encoding/global'
import test from 'brittle'
import b4a from 'b4a'
import { BlossomClient } from 'nostr-tools/nipb7'
import { fileTags } from '../../protocol/file-event.ts'
import { HypertunaError } from '../../protocol/errors.ts'
import {
  generateSecretKey,
  getPublicKey,
  signEvent,
  type NostrEvent
} from '../../protocol/nostr.ts'
import type { RelayFiles } from '../../worker/relays/relay-files.ts'
import { now } from '../../worker/relays/group.ts'
import { Uploads, type UploadsOptions } from '../../worker/serve/uploads.ts'
import { headerOf } from '../gateway/authorize.ts'
import { ask } from '../gateway/client.ts'
import { fileOf, installFetch } from '../gateway/fetch.ts'
import { makeBytes, sha256, source } from './drive-fixture.ts'
import { localDht } from './member.ts'
import { arrived, startWhole, together } from './whole.ts'
import { poll } from '../poll.ts'

installFetch()
const LONG = { timeout: 60_000 }

function tokenFor(verb: string, hash: string, by: Uint8Array): NostrEvent {
  const tags = [
    ['t', verb],
    ['x', hash],
    ['expiration', String(now() + 60)]
  ]
  return signEvent({ kind: 24242, created_at: now(), tags, content: '' }, by)
}

const codeOf = async (promise: Promise<unknown>): Promise<string> => {
  try {
    await promise
    return 'none'
  } catch (err) {
    return HypertunaError.from(err).code
  }
}

test('a program of this computer uploads, reads and deletes as a member', LONG, async (t) => {
  const whole = await startWhole(t, await localDht(t))
  const { relayKey } = await together(whole, [], 'private')
  const { identity, relays, drive } = whole.worker.use()
  const { relay } = relays.get(relayKey)
  const root = `http://127.0.0.1:${whole.worker.status().localPort}`
  const base = `${root}/${relay.publicIdentifier}`
  const by = identity.secretKey
  const signer = {
    getPublicKey: async () => getPublicKey(by),
    signEvent: async (template: Parameters<typeof signEvent>[0]) => signEvent(template, by) as never
  }
  const client = new BlossomClient(base, signer as never)
  const bytes = makeBytes(200_000)
  const blob = await client.uploadBlob(fileOf(bytes, 'image/png'))
  t.is(blob.url, `${base}/${blob.sha256}.png`)
  const { nip94 } = blob as unknown as { nip94: string[][] }
  t.ok(
    nip94.some(([name, value]) => name === 'piecesRoot' && value?.length === 64),
    'with its tree, for the event that its author signs'
  )
  t.ok(b4a.equals(new Uint8Array(await client.download(blob.sha256)), bytes))
  t.is((await ask(blob.url)).status, 401, 'nobody else')

  const { sha256: hash, size, url } = blob
  const record = { hash, url, mime: 'image/png', size, name: 'a.png', path: null, piecesRoot: null }
  const tags = fileTags([record], { alias: relay.facts!.alias, driveKey: drive.key, kind: 1063 })
  const event = signEvent({ kind: 1063, created_at: now(), tags, content: '' }, by)
  await relay.append([{ type: 'event', event }])
  await arrived(whole, relayKey, hash)
  const headers = headerOf(tokenFor('get', hash, by))
  t.is((await ask(`${root}/${hash}`, { headers })).status, 200, 'found by its hash alone')
  t.is((await ask(`${root}/${hash}`)).status, 404, 'by members; others learn nothing')
  for (const authorization of ['x', tokenFor('get', hash, generateSecretKey())]) {
    const said = typeof authorization === 'string' ? { authorization } : headerOf(authorization)
    t.is((await ask(`${root}/${hash}`, { headers: said })).status, 404, 'whatever they show')
  }
  await client.delete(hash)
  t.is((await ask(url, { headers })).status, 410, 'our own event took it away')

  const stranger = headerOf(tokenFor('upload', sha256(bytes), generateSecretKey()))
  const put = (at: string, given: Record<string, string>): ReturnType<typeof ask> =>
    ask(at, { method: 'PUT', headers: given, body: bytes })
  t.is((await put(`${base}/upload`, stranger)).status, 403)
  t.is((await put(`${base}/upload`, {})).status, 401)
  t.is((await put(`${root}/upload`, stranger)).status, 404, 'the group has to be named')
  const page = { origin: 'https://evil.example', ...headerOf(tokenFor('upload', hash, by)) }
  t.is((await put(`${base}/upload`, page)).status, 403, 'and no page of the web')
})

function makeUploads(limits: UploadsOptions['limits']): {
  uploads: Uploads
  relay: RelayFiles
  entries: Set<string>
  put: (name: string, by: Uint8Array, size?: number) => Promise<unknown>
} {
  const entries = new Set<string>()
  const relay = {
    relayKey: 'aa'.repeat(32),
    record: async () => null,
    isMember: async () => true,
    isDeleted: async () => false
  } as unknown as RelayFiles
  const uploads = new Uploads({
    drive: {
      entry: async (_: string, hash: string) => (entries.has(hash) ? { size: 10 } : null),
      removeFile: async (_: string, hash: string) => void entries.delete(hash)
    } as unknown as UploadsOptions['drive'],
    store: async ({ fileHash }) => {
      entries.add(fileHash)
      return { piecesRoot: '' }
    },
    own: '',
    retract: async () => {},
    limits
  })
  const put = (name: string, by: Uint8Array, size = 10): Promise<unknown> => {
    const hash = sha256(b4a.from(name))
    const source = (async function* (): AsyncGenerator<Uint8Array> {})()
    return uploads.put(relay, tokenFor('upload', hash, by), { hash, size, mime: null }, source)
  }
  return { uploads, relay, entries, put }
}

test(
  'what is held is held after a restart, and forgotten when it was taken away',
  LONG,
  async (t) => {
    const bootstrap = await localDht(t)
    let whole = await startWhole(t, bootstrap)
    const { relayKey } = await together(whole, [])
    const by = whole.worker.use().identity.secretKey
    const hashes: string[] = []
    for (const seed of [1, 2]) {
      const { relays, uploads } = whole.worker.use()
      const bytes = makeBytes(50_000, seed)
      const hash = sha256(bytes)
      hashes.push(hash)
      const relay = whole.worker.use().files.of(relayKey).records
      t.ok(relays.get(relayKey).joined)
      const file = { hash, size: bytes.byteLength, mime: 'image/png' }
      await uploads.put(relay, tokenFor('upload', hash, by), file as never, source(bytes))
    }
    const [kept = '', gone = ''] = hashes
    const { records } = whole.worker.use().files.of(relayKey)
    await whole.worker.use().uploads.remove(records, tokenFor('delete', gone, by), gone)
    await whole.close()
    whole = await startWhole(t, bootstrap, whole.storage)
    const { uploads, files } = whole.worker.use()
    const after = files.of(relayKey).records
    t.is((await uploads.held(after, kept))?.mime, 'image/png')
    t.is(await uploads.held(after, gone), null)
  }
)

test('what is held is bounded, for each author and for all', async (t) => {
  const [one, two, three] = [generateSecretKey(), generateSecretKey(), generateSecretKey()]
  const { put, uploads, relay } = makeUploads({ files: 8, bytes: 1000 })
  await put('a', one)
  await put('b', one)
  t.is(await codeOf(put('c', one)), 'BUSY', 'an author has a quarter of the files')
  t.is(await codeOf(put('c', two, 251)), 'BUSY', 'and of the bytes')
  await put('c', two, 250)
  t.is(await codeOf(put('big', three, 5 * 1024 ** 3)), 'TOO_LARGE')
  const hash = sha256(b4a.from('a'))
  t.is(await codeOf(uploads.remove(relay, tokenFor('delete', hash, two), hash)), 'FORBIDDEN')
  await uploads.remove(relay, tokenFor('delete', hash, one), hash)
  t.is(await codeOf(uploads.remove(relay, tokenFor('delete', hash, one), hash)), 'NOT_IN_RELAY')
  await put('d', one)
  for (const name of 'efghi') await put(name, generateSecretKey(), 1)
  t.is(await codeOf(put('j', generateSecretKey(), 1)), 'BUSY', 'all of it is taken')
})

test('it is held for a while, and not once it is gone', async (t) => {
  const by = generateSecretKey()
  const { put, uploads, relay, entries } = makeUploads({ life: 50, files: 4 })
  await put('a', by)
  const hash = sha256(b4a.from('a'))
  t.is((await uploads.held(relay, hash))?.size, 10)
  entries.delete(hash)
  t.is(await uploads.held(relay, hash), null, 'the disk is what counts')
  entries.add(hash)
  await poll(async () => (await uploads.held(relay, hash)) === null)
  await put('b', by)
  t.pass('what is late makes room')
})

test('what somebody else stored is not taken away by who brings it once more', async (t) => {
  const by = generateSecretKey()
  const { put, uploads, relay, entries } = makeUploads({})
  const [ours, theirs] = ['ours', 'theirs'].map((name) => sha256(b4a.from(name)))
  entries.add(ours!)
  await put('ours', by)
  await put('theirs', by)
  for (const hash of [ours!, theirs!]) {
    await uploads.remove(relay, tokenFor('delete', hash, by), hash)
    t.is(await uploads.held(relay, hash), null)
  }
  t.alike([...entries], [ours], 'a person here is about to post it')
})

test('two who bring one file do not get into each other’s way', async (t) => {
  const { put, uploads, relay } = makeUploads({})
  const [one, two] = [generateSecretKey(), generateSecretKey()]
  const results = await Promise.all([put('a', one), put('a', two)].map(codeOf))
  t.alike(results.sort(), ['BUSY', 'none'])
  t.ok(await uploads.held(relay, sha256(b4a.from('a'))))
})
