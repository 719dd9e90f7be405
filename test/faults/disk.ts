/**
 * A small disk that somebody fills up under a running member and frees again, and one that
 * can only be read from one moment on, until it can be written again. One round is one such
 * disk: the member says what is wrong, goes on reading, loses nothing, and goes on writing by
 * itself once it can.
 */
import { constants } from 'bare-os'
import process from 'bare-process'
import { spawn } from 'bare-subprocess'
import { fileURLToPath } from 'bare-url'

import { canMount } from '../worker/child.ts'
import { staged, within } from './scene.ts'
import type { Outcome, Scene } from './scene.ts'

const FULL = [
  'shared ready',
  'full STORAGE_FULL',
  'failed STORAGE_FULL',
  'read true',
  'mended ready',
  'read true',
  'posted',
  'shared again',
  'conversation first,second',
  'closed'
]
const READ_ONLY = [
  'shared ready',
  'refused STORAGE_READONLY',
  'readonly 1',
  'read true',
  'mended ready',
  'read true',
  'shared again',
  'closed'
]

const PATIENCE = 120_000

export const disk: Scene = scene('full-worker.js', FULL, 'a disk was full, and had room again')
export const readOnly: Scene = scene(
  'readonly-worker.js',
  READ_ONLY,
  'a disk could only be read, and then be written again'
)

function scene(entry: string, wished: string[], told: string): Scene {
  return ({ rounds, progress }) =>
    staged(async (t) => {
      const outcome: Outcome = { failures: [], skipped: null, figures: { disks: 0 } }
      if (!canMount()) {
        return { ...outcome, skipped: 'this system lets us mount no disk of our own' }
      }
      for (let round = 0; round < rounds; round++) {
        const lines = await within(PATIENCE, 'the disk', run(entry, await t.tmp()))
        for (const [i, line] of wished.entries()) {
          if (lines[i] === line) continue
          outcome.failures.push(`“${lines[i] ?? 'nothing'}” instead of “${line}”`)
          break
        }
        outcome.figures.disks!++
        progress(`round ${round + 1} of ${rounds}: ${told}`)
      }
      return outcome
    })
}

async function run(name: string, dir: string): Promise<string[]> {
  const entry = fileURLToPath(new URL(`../worker/children/${name}`, import.meta.url).href)
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
