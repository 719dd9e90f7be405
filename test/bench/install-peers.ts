/** What ours is measured beside has packages of its own, which the app never needs. */
import fs from 'bare-fs'
import { join } from 'bare-path'
import process from 'bare-process'
import { spawnSync } from 'bare-subprocess'
import { fileURLToPath } from 'bare-url'

/** Not in dist. */
export const PEERS = fileURLToPath(new URL('../../../test/bench/peers/', import.meta.url).href)

/** Installs what the peers are made of, unless it is there. @throws when that fails */
export function installPeers(): void {
  const [wanted, there] = [join(PEERS, 'package-lock.json'), join(PEERS, 'node_modules/.hypertuna')]
  const lock = fs.readFileSync(wanted, { encoding: 'utf8' })
  if (fs.existsSync(there) && fs.readFileSync(there, { encoding: 'utf8' }) === lock) return
  process.stderr.write('installing what ours is measured beside…\n')
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel', 'error']
  const { status } = spawnSync('npm', args, { cwd: PEERS, stdio: ['ignore', 'ignore', 'inherit'] })
  if (status !== 0) throw new Error(`npm ci in ${PEERS} ended with ${status}`)
  fs.writeFileSync(there, lock)
}
