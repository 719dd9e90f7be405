/**
 * A small disk that somebody fills up under a running member, and frees again. One round is
 * one such disk: the member says what is wrong, goes on reading, loses nothing, and goes on
 * writing by itself once there is room.
 */
import { constants } from 'bare-os'
import process from 'bare-process'
import { spawn } from 'bare-subprocess'
import { fileURLToPath } from 'bare-url'

import { canMount } from '../worker/child.ts'
import { staged, within } from './scene.ts'
import type { Outcome, Scene } from './scene.ts'

export const WISHED = [
  'shared ready',
  'full STORAGE_FULL',
  'failed true',
  'read true',
  'mended ready',
  'read true',
  'posted',
  'shared again',
  'conversation first,second',
  'closed'
]

const PATIENCE = 120_000

export const disk: Scene = ({ rounds, progress }) =>
  staged(async (t) => {
    const outcome: Outcome = { failures: [], skipped: null, figures: { disks: 0 } }
    if (!canMount()) return { ...outcome, skipped: 'this system lets us mount no small disk' }
    for (let round = 0; round < rounds; round++) {
      const lines = await within(PATIENCE, 'the small disk', run(await t.tmp()))
      for (const [i, wished] of WISHED.entries()) {
        if (lines[i] === wished) continue
        outcome.failures.push(`“${lines[i] ?? 'nothing'}” instead of “${wished}”`)
        break
      }
      outcome.figures.disks!++
      progress(`round ${round + 1} of ${rounds}: a disk was full, and had room again`)
    }
    return outcome
  })

async function run(dir: string): Promise<string[]> {
  const entry = fileURLToPath(new URL('../worker/children/full-worker.js', import.meta.url).href)
  const mount = `mount -t tmpfs -o size=300m tmpfs ${dir}; exec "$@"`
  const args = ['--mount', 'sh', '-c', mount, 'sh', process.execPath, entry, dir]
  const child = spawn('unshare', args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const timer = setTimeout(() => child.kill(constants.signals.SIGKILL), PATIENCE)
  let text = ''
  child.stdout?.on('data', (chunk) => void (text += String(chunk)))
  await new Promise<void>((resolve) => child.on('close', () => resolve()))
  clearTimeout(timer)
  return text.split('\n').filter((line) => line !== '')
}
