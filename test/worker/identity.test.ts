import test from 'brittle'
import { chmod, mkdir, readFile, readdir, stat, writeFile } from 'bare-fs/promises'
import { join } from 'bare-path'
import { getPublicKey } from '../../protocol/nostr.ts'
import { importIdentity, loadOrCreateIdentity } from '../../worker/identity.ts'
import { codeOf } from './drive-fixture.ts'

const SECRET = '7f7ff03d123792d6ac594bfa67bf6d0c0ab55b6b1fdb6249303fe861f1ccba9a'
const PUBKEY = '17162c921dc4d2518f9a101db33695df1afb56ab82f5ff3e5da6eec3ca5cd917'

test('an identity is made once, closed to others', async (t) => {
  const dir = await t.tmp()
  const made = await loadOrCreateIdentity(dir)
  t.is(made.secretKey.byteLength, 32)
  t.is(made.pubkey, getPublicKey(made.secretKey))
  t.alike(await loadOrCreateIdentity(dir), made)
  t.is((await stat(join(dir, 'identity.json'))).mode & 0o777, 0o600)
  t.alike(await readdir(dir), ['identity.json'], 'and nothing beside it')
  const other = await loadOrCreateIdentity(await t.tmp())
  t.not(other.pubkey, made.pubkey, 'each storage has its own')
})

test('made twice at once, there is one', async (t) => {
  const dir = await t.tmp()
  const both = await Promise.all([loadOrCreateIdentity(dir), loadOrCreateIdentity(dir)])
  const [one, two] = both.map(({ pubkey }) => pubkey)
  t.is(one, two)
  t.is((await loadOrCreateIdentity(dir)).pubkey, one)
})

test('an identity is imported into a storage that has none', async (t) => {
  const dir = await t.tmp()
  t.is((await importIdentity(dir, SECRET)).pubkey, PUBKEY)
  t.is((await loadOrCreateIdentity(dir)).pubkey, PUBKEY)
  t.is(await codeOf(importIdentity(dir, 'ab'.repeat(32))), 'BAD_IDENTITY')
  t.is((await loadOrCreateIdentity(dir)).pubkey, PUBKEY, 'the one that was there stays')
})

test('what is no key is not imported', async (t) => {
  const dir = await t.tmp()
  for (const key of ['', 'ab', '00'.repeat(32), 'ff'.repeat(32), new Uint8Array(31)]) {
    t.is(await codeOf(importIdentity(dir, key)), 'BAD_IDENTITY', String(key).slice(0, 8))
  }
  t.alike(await readdir(dir), [])
})

const WRONG: [text: string, code: string][] = [
  ['', 'BAD_IDENTITY'],
  ['{', 'BAD_IDENTITY'],
  ['null', 'BAD_IDENTITY'],
  ['{}', 'BAD_IDENTITY'],
  [JSON.stringify({ version: 2, secretKey: SECRET }), 'BAD_IDENTITY'],
  [JSON.stringify({ version: 1, secretKey: SECRET.slice(2) }), 'BAD_IDENTITY'],
  [JSON.stringify({ version: 1, secretKey: '00'.repeat(32) }), 'BAD_IDENTITY'],
  [JSON.stringify({ version: 1, ncryptsec: 'ncryptsec1x' }), 'UNAUTHORIZED']
]

for (const [text, code] of WRONG) {
  test(`an identity file of ${JSON.stringify(text.slice(0, 30))} is refused and left alone`, async (t) => {
    const dir = await t.tmp()
    const path = join(dir, 'identity.json')
    await writeFile(path, text, { mode: 0o600 })
    let message = ''
    let failed: unknown = null
    try {
      await loadOrCreateIdentity(dir)
    } catch (err) {
      failed = (err as { code: unknown }).code
      message = (err as Error).message
    }
    t.is(failed, code)
    t.ok(message.includes(path), 'the message says which file')
    t.absent(message.includes(SECRET.slice(2)), 'and never the key')
    t.is(await readFile(path, 'utf8'), text)
    t.is(await codeOf(importIdentity(dir, SECRET)), 'BAD_IDENTITY', 'nothing takes its place')
    t.is(await readFile(path, 'utf8'), text)
  })
}

test('a file that cannot be read is refused', async (t) => {
  const dir = await t.tmp()
  await mkdir(join(dir, 'identity.json'))
  t.is(await codeOf(loadOrCreateIdentity(dir)), 'BAD_IDENTITY')
})

test('a key that others could read is closed to them', async (t) => {
  const dir = await t.tmp()
  await importIdentity(dir, SECRET)
  const path = join(dir, 'identity.json')
  await chmod(path, 0o644)
  await loadOrCreateIdentity(dir)
  t.is((await stat(path)).mode & 0o777, 0o600)
})

test('a folder that cannot be made says so', async (t) => {
  const dir = await t.tmp()
  await writeFile(join(dir, 'file'), '')
  t.is(await codeOf(loadOrCreateIdentity(join(dir, 'file'))), 'BAD_IDENTITY')
})
