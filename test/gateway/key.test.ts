/** The key by which admins list a gateway. */
import test from 'brittle'
import fs from 'bare-fs/promises'

import { Gateway } from '../../gateway/gateway.ts'
import { loadOrCreateKey } from '../../gateway/key.ts'
import { createLog } from '../../gateway/log.ts'
import { HypertunaError } from '../../protocol/errors.ts'
import { ask } from './client.ts'
import { CONFIG, localDht, startGateway } from './fixture.ts'

test('it stays the same from start to start, in a file for its user alone', async (t) => {
  const bootstrap = await localDht(t)
  const storage = await t.tmp()
  const keys = []
  for (let i = 0; i < 2; i++) {
    const gateway = await startGateway(t, bootstrap, { config: { storage } })
    keys.push(gateway.gatewayKey)
    const health = await ask(`${gateway.url}/health`)
    t.is((JSON.parse(health.body.toString()) as { gatewayKey: string }).gatewayKey, keys[i])
    await gateway.close()
  }
  t.is(keys[0], keys[1])
  t.is((await fs.stat(`${storage}/gateway-key.json`)).mode & 0o777, 0o600)
  t.alike(await fs.readdir(storage), ['gateway-key.json'])
  const text = (await fs.readFile(`${storage}/gateway-key.json`, 'utf8')) as string
  t.absent(text.includes(keys[0] ?? ''), 'its secret half is what is kept')
  const other = await startGateway(t, bootstrap)
  t.not(other.gatewayKey, keys[0], 'another storage has another')
})

test('while one runs, no other begins with its storage', async (t) => {
  const bootstrap = await localDht(t)
  const storage = await t.tmp()
  const first = await startGateway(t, bootstrap, { config: { storage } })
  try {
    await startGateway(t, bootstrap, { config: { storage } })
    t.fail('it started')
  } catch (err) {
    const { code, message } = HypertunaError.from(err)
    t.is(code, 'STORAGE_LOCKED')
    t.ok(message.includes(storage))
  }
  t.is((await ask(`${first.url}/health`)).status, 200)
  await first.close()
  t.is((await startGateway(t, bootstrap, { config: { storage } })).gatewayKey, first.gatewayKey)
})

test('two that begin at once have one key', async (t) => {
  const storage = await t.tmp()
  const pairs = await Promise.all([1, 2, 3].map(() => loadOrCreateKey(storage)))
  for (const { publicKey } of pairs) t.alike(publicKey, pairs[0]?.publicKey)
  t.alike(await fs.readdir(storage), ['gateway-key.json'])
})

test('a file that is no key is said, and left as it is', async (t) => {
  const storage = await t.tmp()
  const path = `${storage}/gateway-key.json`
  const secret = 'ab'.repeat(31)
  for (const text of ['', 'words', '[]', `{"version":1,"seed":"${secret}"}`, '{"version":2}']) {
    await fs.writeFile(path, text)
    const gateway = new Gateway({ ...CONFIG, storage, bootstrap: ['127.0.0.1:1'] })
    try {
      await gateway.ready()
      t.fail('it started')
    } catch (err) {
      const { code, message } = HypertunaError.from(err)
      t.is(code, 'BAD_CONFIG')
      t.ok(message.includes(path))
      t.absent(message.includes(secret))
    }
    t.is(await fs.readFile(path, 'utf8'), text)
  }
})

test('the log has it whole, and other keys short', (t) => {
  const lines: string[] = []
  const key = 'ab'.repeat(32)
  createLog((line) => lines.push(line))('ready', { gatewayKey: key, other: key })
  const { gatewayKey, other } = JSON.parse(lines[0] ?? '') as Record<string, string>
  t.is(gatewayKey, key)
  t.is(other, 'abababab')
})
