import test from 'brittle'
import { mkdir, readFile, stat, writeFile } from 'bare-fs/promises'
import { parseArgs } from '../../app/shells/browser/args.ts'
import { launchThread } from '../../app/shells/launch-thread.ts'
import { BrowserShell } from '../../app/shells/browser/shell.ts'
import { codeOf } from '../protocol/rpc-ends.ts'
import { connect, enter, post, request } from './page-client.ts'

interface Test {
  tmp(): Promise<string>
  teardown(fn: () => unknown): void
}

const somePost = { relayKey: '', content: 'hello', kind: 9, files: [] }

test('the code is good once; the cookie is private to the page', async (t) => {
  const { shell, origin, port } = await start(t)
  const code = new URL(shell.url).hash.slice(1)
  const wrong = await request(port, post(origin, JSON.stringify({ code: 'f'.repeat(64) })))
  t.is(wrong.status, 401)
  t.is(wrong.body, '', 'a refusal has no detail')
  t.is(wrong.headers['set-cookie'], undefined)

  const right = await request(port, post(origin, JSON.stringify({ code })))
  t.is(right.status, 204)
  const cookie = String(right.headers['set-cookie'])
  t.ok(/^hypertuna-[0-9a-f]{8}=[0-9a-f]{64}; Path=\/; HttpOnly; SameSite=Strict$/.test(cookie))
  t.is((await request(port, post(origin, JSON.stringify({ code })))).status, 401, 'not again')
  t.not(new URL(shell.url).hash.slice(1), code, 'the next window has a new code')

  for (const body of ['', 'null', '[]', '{"code":7}', '{']) {
    const { status } = await request(port, post(origin, body))
    t.ok(status === 401 || status === 400, `${body} is refused`)
  }
  const other = await start(t)
  const stranger = { cookie: cookie.split(';')[0] ?? '' }
  const answer = await request(other.port, { path: '/session', headers: stranger })
  t.is(answer.status, 401, 'another instance does not know it')
})

test('nothing but the interface itself is served without the cookie', async (t) => {
  const { shell, port, origin } = await start(t)
  for (const path of ['/session', '/user-config', '/rpc']) {
    const answer = await request(port, { path })
    t.is(answer.status, 401, path)
    t.is(answer.body, '')
  }
  const put = { method: 'PUT', path: '/user-config', headers: { origin }, body: '{}' }
  t.is((await request(port, put)).status, 401)
  t.is(await codeOf((await connect(port, {})).call('post', somePost)), 'CLOSED')

  const { cookie } = await enter(shell.url)
  t.is((await request(port, { path: '/session', headers: { cookie } })).status, 204)
  const client = await connect(port, { cookie })
  t.ok((await client.call('post', somePost)).eventId.startsWith('hello --storage'))
  await client.close()
})

test('other origins and other names are refused, cookie or not', async (t) => {
  const { shell, port, origin } = await start(t)
  const { cookie } = await enter(shell.url)
  const path = '/user-config'
  const get = async (headers: Record<string, string>): Promise<number> =>
    (await request(port, { path, headers: { cookie, ...headers } })).status
  t.is(await get({}), 200)
  t.is(await get({ origin }), 200)
  t.is(await get({ host: `localhost:${port}`, origin: `http://localhost:${port}` }), 200)
  t.is(await get({ origin: 'https://evil.example' }), 403)
  t.is(await get({ origin: 'null' }), 403)
  t.is(await get({ origin: `http://127.0.0.1:${port + 1}` }), 403, 'another port is another origin')
  t.is(await get({ 'sec-fetch-site': 'cross-site' }), 403)
  t.is(await get({ 'sec-fetch-site': 'same-site' }), 403)
  t.is(await get({ host: `evil.example:${port}` }), 421, 'a rebound name')
  t.is(await get({ host: '127.0.0.1' }), 421)
  t.is((await request(port, { headers: { host: 'evil.example' } })).status, 421, 'nor the page')

  const put = { method: 'PUT', path, headers: { cookie }, body: '{"theme":"dark"}' }
  t.is((await request(port, put)).status, 403, 'a change without an origin')
  const code = JSON.stringify({ code: new URL(shell.url).hash.slice(1) })
  t.is((await request(port, post('https://evil.example', code))).status, 403)
  t.is((await request(port, post(origin, code))).status, 204, 'which did not spend the code')

  for (const header of ['origin', 'host']) {
    const client = await connect(port, { cookie, [header]: 'https://evil.example' })
    t.is(await codeOf(client.call('post', somePost)), 'CLOSED')
  }
  const elsewhere = await connect(port, { cookie }, '/elsewhere')
  t.is(await codeOf(elsewhere.call('post', somePost)), 'CLOSED')
})

test('the page comes with its guards, and nothing beside it', async (t) => {
  const { port, folder } = await start(t)
  const page = await request(port)
  t.is(page.status, 200)
  t.is(page.body, '<p>page</p>')
  t.is(page.headers['content-type'], 'text/html; charset=utf-8')
  t.is(page.headers['x-content-type-options'], 'nosniff')
  const policy = String(page.headers['content-security-policy'])
  for (const rule of [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob: http://127.0.0.1:*",
    'frame-src blob:',
    `ws://127.0.0.1:${port}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'"
  ]) {
    t.ok(policy.includes(rule), rule)
  }
  t.absent(policy.includes('unsafe'))

  const script = await request(port, { path: '/assets/main.js' })
  t.is(script.headers['content-type'], 'text/javascript; charset=utf-8')
  t.ok(String(script.headers['cache-control']).includes('immutable'))
  const head = await request(port, { method: 'HEAD' })
  t.is(head.headers['content-length'], '11')
  t.is(head.body, '')
  t.is((await request(port, { method: 'DELETE' })).status, 405)

  await writeFile(`${folder}/../secret.txt`, 'secret')
  for (const path of [
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/assets/../../secret.txt',
    '/..%2fsecret.txt',
    '/assets\\..\\..\\secret.txt',
    '//etc/passwd',
    '/assets',
    '/none.js'
  ]) {
    const answer = await request(port, { path })
    t.is(answer.status, 404, path)
    t.is(answer.body, '')
  }
  await writeFile(`${folder}/new.css`, 'p {}')
  t.is((await request(port, { path: '/new.css' })).status, 200, 'a new build is served')
})

test('user-config.json keeps the page’s fields and the worker’s driveKey', async (t) => {
  const { shell, port, storage, origin } = await start(t)
  const { cookie } = await enter(shell.url)
  await shell.userConfig.update({}) // behind the one that the worker's status caused
  const path = '/user-config'
  const put = async (change: unknown) =>
    request(port, {
      method: 'PUT',
      path,
      headers: { cookie, origin },
      body: JSON.stringify(change)
    })

  const saved = await put({ displayName: 'Mara', theme: 'dark' })
  t.is(saved.status, 200)
  const expected = {
    version: 1,
    displayName: 'Mara',
    theme: 'dark',
    driveKey: 'bb'.repeat(32),
    port
  }
  t.alike(JSON.parse(saved.body), expected)
  const file = `${storage}/user-config.json`
  t.alike(JSON.parse(String(await readFile(file))), expected)
  t.is((await stat(file)).mode & 0o777, 0o600)

  for (const change of [
    { theme: 'pink' },
    { displayName: 7 },
    { driveKey: 'cc'.repeat(32) },
    { unknown: 1 },
    { displayName: 'x'.repeat(201) },
    [],
    null
  ]) {
    const refused = await put(change)
    t.is(refused.status, 400, JSON.stringify(change))
    t.is(JSON.parse(refused.body).error.code, 'BAD_REQUEST')
  }
  t.is((await put({ displayName: 'x'.repeat(70_000) })).status, 413)
  t.alike(JSON.parse(String(await readFile(file))), expected, 'unchanged')

  await writeFile(file, '{ "displayName": ')
  t.is((await put({ theme: 'light' })).status, 500)
  const broken = await request(port, { path, headers: { cookie } })
  t.is(JSON.parse(broken.body).error.code, 'BAD_CONFIG')
  t.is(String(await readFile(file)), '{ "displayName": ', 'a broken file is left as it is')
})

test('without a port the page comes back where it was, or anywhere when that is taken', async (t) => {
  const storage = await t.tmp()
  const first = await start(t, storage)
  await first.shell.close()
  const again = await start(t, storage)
  t.is(again.port, first.port)
  const elsewhere = await start(t, storage)
  t.not(elsewhere.port, first.port)
})

test('a taken port is said plainly', async (t) => {
  const { port } = await start(t)
  const storage = await t.tmp()
  const args = parseArgs(['--storage', storage, '--port', String(port), '--no-open'])
  const second = new BrowserShell({ args, ...parts(storage) })
  t.is(await codeOf(second.ready()), 'PORT_IN_USE')
  await second.close()
  t.is(String(await readFile(`${storage}/closed-by-itself`)), 'yes', 'and nothing goes on')
})

test('a worker that was started before the shell is its first', async (t) => {
  const storage = await t.tmp()
  const { workerEntry, log } = parts(storage)
  const args = parseArgs(['--storage', storage, '--no-open'])
  const argv = ['--storage', storage, 'the-first']
  const started = launchThread(workerEntry, argv, log)
  const shell = new BrowserShell({ args, ...parts(storage), started })
  t.teardown(() => shell.close())
  await shell.workerAnswers()
  const { cookie } = await enter(shell.url)
  const client = await connect(shell.page.port, { cookie })
  t.ok((await client.call('post', somePost)).eventId.endsWith('the-first'))
  const again = new Promise<void>((resolve) => shell.worker.once('start', () => resolve()))
  client.call('setName', { name: 'crash' }).catch(() => undefined)
  await again
  const next = await connect(shell.page.port, { cookie })
  t.absent((await next.call('post', somePost)).eventId.endsWith('the-first'), 'and no other')
  await next.close()
})

async function start(t: Test, given?: string) {
  const storage = given ?? (await t.tmp())
  const folder = `${await t.tmp()}/ui`
  await mkdir(`${folder}/assets`, { recursive: true })
  await writeFile(`${folder}/index.html`, '<p>page</p>')
  await writeFile(`${folder}/assets/main.js`, 'export {}')
  const args = parseArgs(['--storage', storage, '--no-open'])
  const shell = new BrowserShell({ args, ...parts(folder) })
  t.teardown(() => shell.close())
  await shell.workerAnswers()
  const { port, host } = new URL(shell.url)
  return { shell, storage, folder, origin: `http://${host}`, port: Number(port) }
}

function parts(pageFolder: string) {
  const workerEntry = new URL('./small-worker.js', import.meta.url)
  return { workerEntry, pageFolder, log: () => undefined }
}
