import test from 'brittle'
import type { Assert } from 'brittle'
import { spawn } from 'bare-subprocess'
import process from 'bare-process'
import fs from 'bare-fs/promises'
import { fileURLToPath } from 'bare-url'
import os from 'bare-os'
import { parseArguments } from '../../gateway/config.ts'
import { HypertunaError } from '../../protocol/errors.ts'
import { ask } from './client.ts'
import { CONFIG, localDht, makeBytes, person, startMember, TestRelay } from './fixture.ts'

const MAIN = fileURLToPath(new URL('../../gateway/main.js', import.meta.url).href)

interface Run {
  /** The first line on standard output. */
  first: Promise<string>
  ended: Promise<{ code: number; stdout: string; stderr: string }>
  kill: (signal: 'SIGTERM' | 'SIGKILL') => void
}

function run(t: Assert, args: string[]): Run {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  let onfirst = (_line: string): void => {}
  const first = new Promise<string>((resolve) => (onfirst = resolve))
  child.stdout?.on('data', (chunk) => {
    stdout += String(chunk)
    const end = stdout.indexOf('\n')
    if (end !== -1) onfirst(stdout.slice(0, end))
  })
  child.stderr?.on('data', (chunk) => {
    stderr += String(chunk)
  })
  const ended = new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    child.on('exit', (code) => resolve({ code: code ?? -1, stdout, stderr }))
  })
  const kill = (signal: 'SIGTERM' | 'SIGKILL'): void => {
    child.kill(os.constants.signals[signal])
  }
  t.teardown(() => kill('SIGKILL'), { order: 1 })
  return { first, ended, kill }
}

test('the command: ready, serves, ends on SIGTERM with 0', async (t) => {
  const bootstrap = await localDht(t)
  const relay = new TestRelay()
  const alice = person()
  const file = relay.file(alice, makeBytes(400_000))
  await startMember(t, {
    relay,
    person: alice,
    list: relay.list([alice]),
    bootstrap,
    files: [file]
  })
  const storage = await t.tmp()
  const where = ['--port', '0', '--storage', storage, '--bootstrap', bootstrap.join(',')]
  const gateway = run(t, where)
  const line = await gateway.first
  t.ok(/^ready http:\/\/127\.0\.0\.1:\d+$/.test(line), line)
  const url = `${line.slice('ready '.length)}/drive/${relay.publicIdentifier}/${file.hash}`
  const got = await ask(url)
  t.is(got.status, 200)
  t.ok(got.body.equals(Buffer.from(file.bytes)))
  const port = line.slice(line.lastIndexOf(':') + 1)
  const second = await run(t, ['--port', port, '--bootstrap', bootstrap.join(',')]).ended
  t.is(second.code, 1, 'a taken port')
  t.ok(second.stderr.includes('PORT_IN_USE'))

  const begun = Date.now()
  gateway.kill('SIGTERM')
  const { code, stderr } = await gateway.ended
  t.is(code, 0)
  t.ok(Date.now() - begun < 5000)
  const lines = stderr.trim().split('\n')
  t.ok(
    lines.every((text) => 'event' in JSON.parse(text)),
    'logs are JSON lines'
  )
  t.absent(stderr.includes(file.hash), 'with shortened keys')
})

test('help and mistakes on the command line', async (t) => {
  const help = await run(t, ['--help']).ended
  t.is(help.code, 0)
  t.ok(help.stdout.includes('--tls-cert'))
  const wrong = await run(t, ['--colour', 'blue']).ended
  t.is(wrong.code, 2)
  t.ok(wrong.stderr.includes('--colour'))
  t.is(wrong.stdout, '')
})

test('what keeps it from starting is said once, in words, with its code', async (t) => {
  const folder = await t.tmp()
  const file = `${folder}/a-file`
  await fs.writeFile(file, 'words')
  const tls = ['--tls-cert', file, '--tls-key', file]
  const wrong: [string[], string, string][] = [
    [['--storage', `${file}/below`], 'STORAGE_DENIED', file],
    [['--storage', file], 'STORAGE_DENIED', file],
    [['--storage', folder, ...tls], 'BAD_CONFIG', file],
    [['--storage', folder, '--host', '192.0.2.1'], 'BAD_CONFIG', '192.0.2.1']
  ]
  for (const [args, code, named] of wrong) {
    const ended = await run(t, ['--port', '0', '--bootstrap', '127.0.0.1:1', ...args]).ended
    t.is(ended.code, 1, code)
    t.is(ended.stdout, '', 'never ready')
    const lines = ended.stderr.trim().split('\n')
    t.is(lines.length, 1, 'one line')
    t.ok(lines[0]?.endsWith(`(${code})`) && lines[0].includes(named), ended.stderr)
  }
})

test('arguments', (t) => {
  const { publicIdentifier } = new TestRelay()
  t.is(parseArguments(['--help']), null)
  t.alike(parseArguments([]), { ...CONFIG, port: 8080, connections: 8192, drain: 3000 })
  const all = parseArguments([
    ...['--host=0.0.0.0', '--port=0', '--storage', '/s', '--bootstrap', '127.0.0.1:1,[::1]:2'],
    ...['--cache-size=20G', '--rules', 'r', '--trust-proxy', '--connections', '9', '--rate=3'],
    ...[
      '--per-address=4',
      '--drain=7',
      '--metrics=public',
      '--tls-cert=c',
      '--tls-key=k',
      `--relays=${publicIdentifier.replace(':', '/')}`
    ]
  ])
  t.alike(all, {
    host: '0.0.0.0',
    port: 0,
    storage: '/s',
    bootstrap: ['127.0.0.1:1', '[::1]:2'],
    tls: { cert: 'c', key: 'k' },
    relays: [publicIdentifier],
    rules: 'r',
    cacheSize: 20e9,
    trustProxy: ['local'],
    rate: 3,
    perAddress: 4,
    connections: 9,
    drain: 7000,
    metrics: 'public'
  })
  for (const wrong of [
    ['--port', '70000'],
    ['--port', 'x'],
    ['--port'],
    ['--port', '1', '--port', '2'],
    ['--tls-cert', 'c'],
    ['--relays', 'somebody'],
    ['--cache-size', 'much'],
    ['--rate', '-1'],
    ['--connections', '0'],
    ['--metrics', 'me'],
    ['--trust-proxy=yes'],
    ['--trust-proxy', '10.0.0.0/33'],
    ['--trust-proxy=10.0.0'],
    ['--bootstrap', 'nowhere'],
    ['extra']
  ]) {
    try {
      parseArguments(wrong)
      t.fail(wrong.join(' '))
    } catch (err) {
      t.is(HypertunaError.from(err).code, 'USAGE', wrong.join(' '))
    }
  }
})
