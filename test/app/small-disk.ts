/**
 * A member on a small disk that somebody else fills up and frees again, used from the command
 * line alone: `<disk> <elsewhere>`. Says what came of each step, a line each.
 */
import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import {
  closeSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
  writeSync
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { run } from './programs.ts'

const program = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'app/hypertuna.js')
const PATIENCE = 60_000

const [disk = '', elsewhere = ''] = process.argv.slice(2)
const storage = join(disk, 'storage')
const flags = ['--storage', storage, '--bootstrap', '127.0.0.1:1', '--local-port', '0']
const member = await run('app/cli/main.js', ['start', ...flags, '--name', 'Ada'], /^ready /)
await hypertuna('relay', 'create', 'Field notes')
const files = new Map<string, string>()
await put('first.bin', 6_000_000)

const filler = join(disk, 'filler')
fillUp()
const refused = await hypertuna('put', 'field-notes', file('refused.bin', 5_000_000))
say('put into a full disk', refused.code, codeOf(refused.err))
await isWhole('get', 'first.bin')
rmSync(filler)
const status = async (): Promise<{ problems: unknown[]; state: string }> =>
  JSON.parse((await hypertuna('status', '--json')).out) as { problems: unknown[]; state: string }
for (const end = Date.now() + PATIENCE; (await status()).problems.length > 0;) {
  if (Date.now() > end) break
}
say('status', (await status()).state)
await put('second.bin', 7_000_000)
const folder = join(elsewhere, 'all')
say('export', (await hypertuna('export', 'field-notes', folder)).code)
say('files', readdirSync(folder).sort().join())
for (const [name, hash] of files) say(name, sha256(readFileSync(join(folder, name))) === hash)
say('stopped', await member.stop())
process.exit(0)

async function put(name: string, size: number): Promise<void> {
  const path = file(name, size)
  const { code, err } = await hypertuna('put', 'field-notes', path)
  say('put', name, code, ...(code === 0 ? [] : [err.trim()]))
  files.set(name, sha256(readFileSync(path)))
}

async function isWhole(word: string, name: string): Promise<void> {
  const { code } = await hypertuna(word, 'field-notes', name, '--force')
  say(word, name, code, sha256(readFileSync(join(elsewhere, name))) === files.get(name))
}

function file(name: string, size: number): string {
  const path = join(elsewhere, name)
  writeFileSync(path, randomBytes(size))
  return path
}

/** Whatever room there is, to the last byte. */
function fillUp(): void {
  const fd = openSync(filler, 'a')
  for (const size of [1 << 20, 4096, 1]) {
    try {
      for (const block = Buffer.alloc(size); writeSync(fd, block) === size;) continue
    } catch (err) {
      if ((err as { code?: string }).code !== 'ENOSPC') throw err
    }
  }
  closeSync(fd)
}

function hypertuna(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [program, ...args, '-s', storage], { cwd: elsewhere })
  const answer = { code: null as number | null, out: '', err: '' }
  child.stdout.on('data', (chunk: Buffer) => (answer.out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (answer.err += chunk.toString()))
  child.stdin.end()
  return new Promise((resolve) => child.on('close', (code) => resolve({ ...answer, code })))
}

function codeOf(text: string): string {
  return /[A-Z]+_[A-Z]+/.exec(text)?.[0] ?? text.trim()
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function say(...words: unknown[]): void {
  console.log(words.join(' '))
}
