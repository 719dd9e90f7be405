/** What ours is measured beside has packages of its own, which the app never needs. */
import fs from 'bare-fs'
import { dirname, join } from 'bare-path'
import process from 'bare-process'
import { spawnSync } from 'bare-subprocess'
import { fileURLToPath } from 'bare-url'

/** Not in dist. */
export const PEERS = fileURLToPath(new URL('../../../test/bench/peers/', import.meta.url).href)

const LOCK = join(PEERS, 'package-lock.json')
/** The lock that was installed. */
const THERE = join(PEERS, 'node_modules/.hypertuna')

/** Whether what the peers are made of is there, as the lock has it. */
export function peersInstalled(): boolean {
  return fs.existsSync(THERE) && textOf(THERE) === textOf(LOCK)
}

function textOf(path: string): string {
  return fs.readFileSync(path, { encoding: 'utf8' })
}

/** Installs what the peers are made of, unless it is there. @throws when that fails */
export function installPeers(): void {
  if (peersInstalled()) return
  process.stderr.write('installing what ours is measured beside…\n')
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel', 'error']
  const { status } = spawnSync('npm', args, {
    cwd: PEERS,
    env: { ...process.env, ...headersHere() },
    stdio: ['ignore', 'ignore', 'inherit']
  })
  if (status !== 0) throw new Error(`npm ci in ${PEERS} ended with ${status}`)
  fs.writeFileSync(THERE, textOf(LOCK))
}

/** SQLite is compiled by what Node.js brought, where it did, and needs no download for that. */
function headersHere(): Record<string, string> {
  const { stdout } = spawnSync('node', ['-p', 'process.execPath'])
  const prefix = dirname(dirname(String(stdout).trim()))
  return fs.existsSync(join(prefix, 'include/node/node.h')) ? { npm_config_nodedir: prefix } : {}
}
