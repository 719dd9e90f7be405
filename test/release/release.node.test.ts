/** What is deployed is made twice, compared, put into an empty place and started there. */
import { spawn, spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'brittle'
import { bareBinary } from '../../app/bare-binary.ts'
import { KeptWorker } from '../../app/shells/kept-worker.ts'
import { launchSidecar } from '../../app/shells/electron/sidecar.ts'
import { createClient } from '../../protocol/rpc/client.ts'

const bare = bareBinary()
const main = fileURLToPath(new URL('../../app/release/main.js', import.meta.url))
const built = existsSync(fileURLToPath(new URL('../../ui/index.html', import.meta.url)))
const platform = `${process.platform}-${process.arch}`
const folder = mkdtempSync(join(tmpdir(), 'hypertuna-release-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

function release(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(bare, [main, ...args], { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return stdout
}

test('a release is the same twice, and holds nothing of development', { skip: !built }, (t) => {
  const app = join(folder, 'Hypertuna-0.1.0-x64.AppImage')
  writeFileSync(app, 'an app')
  const [one, two] = ['one', 'two'].map((name) => join(folder, name)) as [string, string]
  for (const target of [one, two]) {
    release('--target', target, '--platforms', platform, '--app', `${platform}=${app}`)
  }
  const files = readFileSync(join(one, 'FILES'), 'utf8')
  t.is(files, readFileSync(join(two, 'FILES'), 'utf8'))
  const paths = files
    .trim()
    .split('\n')
    .map((line) => line.slice(66))
  for (const wanted of [
    'pear/package.json',
    'pear/index.js',
    'pear/index.html',
    'pear/worker/main.js',
    'pear/worker/verify/thread.js',
    'pear/node_modules/pear-electron/pre.js',
    'gateway/gateway/main.js',
    'desktop/worker.bundle',
    'desktop/app/shells/electron/preload.cjs',
    'deployment/package.json',
    `deployment/by-arch/${platform}/app/Hypertuna.AppImage`
  ]) {
    t.ok(paths.includes(wanted), wanted)
  }
  const strange = /(^|\/)test\/|\.d\.ts$|\.map$|\.md$|\/docs\/|\/(electron|brittle|vite|react)\//
  t.alike(
    paths.filter((path) => strange.test(path) && !path.includes('shells/electron/')),
    []
  )
  checkForge(one)
  const others = paths.filter((path) => path.includes('prebuilds/') && !path.includes(platform))
  t.alike(others, [], 'native code of this system alone')
})

/** electron-forge's configuration, loaded where it lies beside the app. */
function checkForge(release: string): void {
  const load = createRequire(join(release, 'forge/package.json'))
  const forge = load('./forge.config.cjs') as {
    packagerConfig: { name: string; protocols: { schemes: string[] }[] }
    makers: { name: string; platforms: string[] }[]
    plugins: { name: string; config: Record<string, unknown> }[]
  }
  const { devDependencies } = load('./package.json') as { devDependencies: object }
  const desktop = load('../desktop/package.json') as {
    config: { forge: string }
    devDependencies: { electron: string }
  }
  const pinned = /^\d+\.\d+\.\d+$/
  const wrong = [
    ...['darwin', 'linux', 'win32'].filter(
      (system) => !forge.makers.some(({ platforms }) => platforms.includes(system))
    ),
    ...[...forge.makers, ...forge.plugins]
      .filter(({ name }) => !(name in devDependencies))
      .map(({ name }) => name),
    ...(forge.plugins[0]?.config['0'] === false ? [] : ['the fuses']),
    ...Object.values(devDependencies).filter((version) => !pinned.test(version)),
    ...(forge.packagerConfig.name === 'Hypertuna' ? [] : ['the name']),
    ...(forge.packagerConfig.protocols[0]?.schemes[0] === 'hypertuna' ? [] : ['the scheme']),
    ...(existsSync(join(release, 'desktop', desktop.config.forge)) ? [] : ['its place']),
    ...(pinned.test(desktop.devDependencies.electron) ? [] : ['the version of Electron'])
  ]
  if (wrong.length > 0) throw new Error(`electron-forge: ${wrong.join(', ')}`)
}

test('the gateway runs in an empty place, with Bare alone', async (t) => {
  const from = join(folder, 'gateway')
  const to = join(mkdtempSync(join(folder, 'empty-')), 'gateway')
  release('--only', 'gateway', '--target', from, '--platforms', platform)
  cpSync(from, to, { recursive: true })
  const child = spawn(
    bare,
    [
      'gateway/main.js',
      '--port',
      '0',
      '--storage',
      join(dirname(to), 's'),
      '--bootstrap',
      '127.0.0.1:1'
    ],
    { cwd: to, stdio: ['ignore', 'pipe', 'inherit'] }
  )
  t.teardown(() => child.kill('SIGKILL'))
  const line = await new Promise<string>((resolve) => {
    child.stdout.once('data', (bytes: Buffer) => resolve(bytes.toString()))
  })
  const url = /^ready (http:\S+)/.exec(line)?.[1] ?? ''
  t.is((await fetch(`${url}/health`)).status, 200)
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  t.is(await ended, 0)
})

test('the worker of the Pear folder runs in an empty place', { skip: !built }, async (t) => {
  const place = mkdtempSync(join(folder, 'empty-'))
  cpSync(join(folder, 'one/pear'), join(place, 'pear'), { recursive: true })
  const argv = ['--storage', join(place, 's'), '--bootstrap', '127.0.0.1:1', '--local-port', '0']
  const child = spawn(bare, ['worker/main.js', ...argv], {
    cwd: join(place, 'pear'),
    stdio: ['ignore', 'ignore', 'pipe', 'pipe']
  })
  t.teardown(() => child.kill('SIGKILL'))
  let log = ''
  await new Promise<void>((resolve) => {
    child.stderr?.on('data', (bytes: Buffer) => {
      log += bytes.toString()
      if (/"event":"ready".*"state":"ready"/.test(log)) resolve()
    })
    child.once('exit', () => resolve())
  })
  t.ok(/"state":"ready"/.test(log), log.slice(-500))
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.stdio[3]?.destroy()
  t.is(await ended, 0, 'and ends with its pipe')
})

test("the worker in one file runs in pear-runtime's sidecar", { timeout: 60_000 }, async (t) => {
  const place = mkdtempSync(join(folder, 'empty-'))
  release('--only', 'worker', '--target', place, '--platforms', platform)
  const storage = join(place, 'storage')
  mkdirSync(storage)
  const argv = ['--storage', storage, '--bootstrap', '127.0.0.1:1', '--local-port', '0']
  const worker = new KeptWorker(
    () => launchSidecar(join(place, 'worker.bundle'), argv, () => undefined),
    () => undefined
  )
  await worker.ready()
  const client = createClient(worker.openSession())
  const driveKey = await new Promise<string>((resolve) => {
    client.subscribe('status', {}, (status) => {
      if (status.state === 'ready') resolve(status.driveKey)
    })
  })
  t.ok(/^[0-9a-f]{64}$/.test(driveKey))
  t.alike(await client.call('setAsleep', { asleep: true }), {}, 'the lid closes')
  t.alike(await client.call('setAsleep', { asleep: false }), {}, 'and opens')
  const exited = new Promise((resolve) => worker.once('exit', resolve))
  await worker.close()
  t.is(await exited, 0)
})
