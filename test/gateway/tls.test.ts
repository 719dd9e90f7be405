import test from 'brittle'
import type { Assert } from 'brittle'
import fs from 'bare-fs/promises'
import { spawnSync } from 'bare-subprocess'
import { HypertunaError } from '../../protocol/errors.ts'
import { ask } from './client.ts'
import { localDht, makeBytes, person, startGateway, startMember, TestRelay } from './fixture.ts'

/** A certificate for 127.0.0.1, made by openssl; null where there is none. */
async function makeCertificate(t: Assert): Promise<{ cert: string; key: string } | null> {
  const folder = await t.tmp()
  const cert = `${folder}/cert.pem`
  const key = `${folder}/key.pem`
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const name = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost']
  try {
    const made = spawnSync('openssl', [
      'req',
      ...kind,
      ...name,
      ...['-days', '1', '-keyout', key, '-out', cert]
    ])
    return made.status === 0 ? { cert, key } : null
  } catch (err) {
    t.comment(`no openssl: ${String(err)}`)
    return null
  }
}

test('HTTPS with --tls-cert and --tls-key', async (t) => {
  const tls = await makeCertificate(t)
  if (tls === null) return t.pass('skipped, openssl is not here')
  const bootstrap = await localDht(t)
  const relay = new TestRelay()
  const alice = person()
  const file = relay.file(alice, makeBytes(700_000))
  await startMember(t, {
    relay,
    person: alice,
    list: relay.list([alice]),
    bootstrap,
    files: [file]
  })
  const gateway = await startGateway(t, bootstrap, { config: { host: 'localhost', tls } })
  t.ok(gateway.url.startsWith('https://localhost:'))
  const ca = Buffer.from(await fs.readFile(tls.cert))
  const url = `${gateway.url}/drive/${relay.publicIdentifier}/${file.hash}`
  const got = await ask(url, { ca })
  t.is(got.status, 200)
  t.ok(got.complete && got.body.equals(Buffer.from(file.bytes)))
  const part = await ask(url, { ca, headers: { range: 'bytes=300000-300009' } })
  t.ok(part.body.equals(Buffer.from(file.bytes).subarray(300000, 300010)))
})

test('a certificate that is not there is said by name', async (t) => {
  const missing = `${await t.tmp()}/missing.pem`
  const starting = startGateway(t, [], { config: { tls: { cert: missing, key: missing } } })
  const err = HypertunaError.from(await starting.catch((reason: unknown) => reason))
  t.is(err.code, 'BAD_CONFIG')
  t.ok(err.message.includes(missing))
})

test('a certificate that cannot be used is said before anybody connects', async (t) => {
  const tls = await makeCertificate(t)
  const other = await makeCertificate(t)
  if (tls === null || other === null) return t.pass('skipped, openssl is not here')
  const text = `${await t.tmp()}/words.pem`
  const torn = `${await t.tmp()}/torn.pem`
  await fs.writeFile(text, '{ "name": "not a certificate" }')
  const begin = '-----BEGIN CERTIFICATE-----'
  await fs.writeFile(torn, `${begin}\nMIIB\n${begin.replace('BEGIN', 'END')}\n`)
  const wrong: [cert: string, key: string, named: string][] = [
    [text, tls.key, text],
    [tls.cert, text, text],
    [tls.cert, other.key, other.key],
    [torn, tls.key, torn]
  ]
  for (const [cert, key, named] of wrong) {
    const starting = startGateway(t, [], { config: { tls: { cert, key } } })
    const err = HypertunaError.from(await starting.catch((reason: unknown) => reason))
    t.is(err.code, 'BAD_CONFIG')
    t.ok(err.message.includes(named), err.message)
  }
})

test('a renewed certificate is read without a restart', async (t) => {
  const [first, second] = [await makeCertificate(t), await makeCertificate(t)]
  if (first === null || second === null) return t.pass('skipped, openssl is not here')
  const bootstrap = await localDht(t)
  const lines: string[] = []
  let onread = (): void => {}
  const read = new Promise<void>((resolve) => (onread = resolve))
  const log = (event: string): void => {
    lines.push(event)
    if (event === 'certificate read again') onread()
  }
  const options = { config: { host: 'localhost', tls: first }, log }
  const gateway = await startGateway(t, bootstrap, options)
  const [old, renewed] = [await fs.readFile(first.cert), await fs.readFile(second.cert)]
  const ca = Buffer.from(renewed)
  const health = `${gateway.url}/health`
  t.is((await ask(health, { ca: Buffer.from(old) })).status, 200)
  await t.exception(ask(health, { ca }), 'not yet')
  await fs.rename(second.key, first.key)
  await fs.rename(second.cert, first.cert)
  await read
  t.is((await ask(health, { ca })).status, 200)
  await fs.writeFile(first.cert, 'rubbish')
  while (!lines.includes('not read again')) await ask(health, { ca })
  t.is((await ask(health, { ca })).status, 200, 'one that is wrong changes nothing')
})
