/**
 * Three members in network namespaces of their own, one of whom loses its link: packets stop,
 * and nobody is told. One round is one cut; both sides add files meanwhile, and when the link
 * is back all three have the same, byte by byte.
 */
import { constants } from 'bare-os'
import process from 'bare-process'
import { spawn, spawnSync } from 'bare-subprocess'
import { fileURLToPath } from 'bare-url'

import { staged } from './scene.ts'
import type { Outcome, Scene } from './scene.ts'

/** With processes of its own, so that all of them end with the first. */
const OURS = '--net --mount --pid --fork --kill-child --mount-proc'.split(' ')
/** Names of namespaces are kept in /run, which is our own here. */
const OWN = 'mount -t tmpfs tmpfs /run && mkdir /run/netns'
const PROBE = `${OWN} && ip netns add probe && ip link add link0 type veth peer name end0 && ip link add bridge0 type bridge`
const PATIENCE = 180_000

export const cut: Scene = ({ rounds, seed, progress }) =>
  staged(async (t) => {
    const outcome: Outcome = { failures: [], skipped: null, figures: { cuts: 0 } }
    if (!canCut()) return { ...outcome, skipped: 'this system lets us make no networks' }
    const entry = fileURLToPath(new URL('./cut-network.js', import.meta.url).href)
    const run = `${OWN} && exec "$@"`
    const args = [...OURS, 'sh', '-c', run, 'sh', process.execPath, entry]
    args.push(await t.tmp(), String(rounds), String(seed))
    const child = spawn('unshare', args, { stdio: ['ignore', 'pipe', 'inherit'] })
    const timer = setTimeout(() => child.kill(constants.signals.SIGKILL), PATIENCE * (1 + rounds))
    let text = ''
    child.stdout?.on('data', (chunk) => {
      text += String(chunk)
      const lines = text.split('\n')
      text = lines.pop() ?? ''
      for (const line of lines) {
        if (!line.startsWith('cut ')) outcome.failures.push(line)
        else progress(`round ${++outcome.figures.cuts!} of ${rounds}: ${line.slice(4)} was cut off`)
      }
    })
    await new Promise<void>((resolve) => child.on('close', () => resolve()))
    clearTimeout(timer)
    if (outcome.figures.cuts !== rounds) outcome.failures.push('it did not come to its end')
    return outcome
  })

function canCut(): boolean {
  try {
    const { status } = spawnSync('unshare', [...OURS, 'sh', '-c', PROBE], { stdio: 'ignore' })
    return status === 0
  } catch {
    return false // no such program here
  }
}
