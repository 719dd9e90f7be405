/**
 * Faults of machines, networks and members, and what becomes of the files. Usage:
 *   npm run faults -- [--rounds N] [--seed S] [--json] [kill] [providers] [partition] [cut] [disk] [readonly]
 *
 * The seed decides everything that is left to chance but the machine's own pace; it is
 * printed, so that a run can be done again. Ends with 0, with 1 when something was lost,
 * wrong or left, with 2 for a wrong call.
 */
import '../../worker/globals.ts'
import b4a from 'b4a'
import fs from 'bare-fs'
import process from 'bare-process'
import crypto from 'hypercore-crypto'

import { cut } from './cut.ts'
import { disk, readOnly } from './disk.ts'
import { kill } from './kill.ts'
import { partition } from './partition.ts'
import { providers } from './providers.ts'
import type { Outcome, Scene } from './scene.ts'

/** The rounds of `--rounds 100`, which is meant for kills: the others say more in fewer. */
const SCENES: Record<string, { scene: Scene; share: number }> = {
  kill: { scene: kill, share: 1 },
  providers: { scene: providers, share: 1 / 2 },
  partition: { scene: partition, share: 1 / 15 },
  cut: { scene: cut, share: 1 / 15 },
  disk: { scene: disk, share: 1 / 50 },
  readonly: { scene: readOnly, share: 1 / 50 }
}

const USAGE = `usage: npm run faults -- [--rounds N] [--seed S] [--json] [${Object.keys(SCENES).join('] [')}]\n`

const args = Bare.argv.slice(2)
const json = take('--json')
const rounds = Number(value('--rounds') ?? 100)
const seed = Number(value('--seed') ?? parseInt(b4a.toString(crypto.randomBytes(4), 'hex'), 16))
const isCount = (n: number, least: number): boolean => Number.isSafeInteger(n) && n >= least
if (!isCount(rounds, 1) || !isCount(seed, 0) || args.some((name) => !(name in SCENES))) {
  complain(USAGE)
  process.exit(2)
}

const begun = Date.now()
let failed = 0
if (!json) say(`seed ${seed}, ${rounds} rounds\n`)
for (const [name, { scene, share }] of Object.entries(SCENES)) {
  if (args.length > 0 && !args.includes(name)) continue
  const own = Math.max(1, Math.round(rounds * share))
  if (!json) say(`\n${name}\n`)
  tell(name, own, await play(scene, own))
}
const seconds = Math.round((Date.now() - begun) / 1000)
if (json) say(JSON.stringify({ seed, rounds, failed, seconds }) + '\n')
else say(`\n${failed} failures in ${seconds} s; again with --seed ${seed}\n`)
process.exit(failed > 0 ? 1 : 0)

async function play(scene: Scene, own: number): Promise<Outcome> {
  const progress = (text: string): void => {
    if (!json) say(`  ${text}\n`)
  }
  try {
    return await scene({ rounds: own, seed, progress })
  } catch (err) {
    const reason = err instanceof Error ? (err.stack ?? err.message) : String(err)
    return { failures: [reason], skipped: null, figures: {} }
  }
}

function tell(name: string, own: number, { failures, skipped, figures }: Outcome): void {
  failed += failures.length
  if (json) {
    const line = { scene: name, seed, rounds: own, failures, skipped, figures }
    say(JSON.stringify(line) + '\n')
    return
  }
  for (const failure of failures) say(`  FAILED ${failure}\n`)
  const counted = Object.entries(figures).map(([what, count]) => `${count} ${what}`)
  const end = skipped ?? `${counted.join(', ')}; ${failures.length} failures`
  say(`  ${skipped === null ? 'done' : 'skipped'}: ${end}\n`)
}

/** At once: what is still being written when the process ends is lost. */
function say(text: string): void {
  fs.writeSync(1, text)
}

function complain(text: string): void {
  fs.writeSync(2, text)
}

function take(flag: string): boolean {
  const at = args.indexOf(flag)
  if (at !== -1) args.splice(at, 1)
  return at !== -1
}

function value(option: string): string | undefined {
  const at = args.indexOf(option)
  return at === -1 ? undefined : args.splice(at, 2)[1]
}
