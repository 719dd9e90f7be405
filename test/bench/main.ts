/**
 * Every figure that we claim, beside its limit or a peer of the same run.
 *
 * Machines differ and are noisy: read the ratios. Usage:
 *   npm run bench -- [--size N] [--json] [start] [relay] [store] [channel] [fetch] [gateway]
 *     [import] [known] [deletion] [ui] [--only PIECE,…]
 *
 * `--size` is bytes, or events for `relay`, or files for `import`, `known` and `ui`. `--only`
 * names pieces of a bench that has some: `relay`, `gateway` and `ui`.
 */
import '../../worker/globals.ts'
import process from 'bare-process'

import { bench as channel } from './channel.ts'
import { bench as deletion } from './deletion.ts'
import { bench as fetch } from './fetch.ts'
import { bench as gateway } from './gateway.ts'
import { bench as importing } from './import.ts'
import { bench as known } from './known.ts'
import { bench as relay } from './relay.ts'
import { bench as start } from './start.ts'
import { bench as store } from './store.ts'
import { bench as ui } from './ui.ts'
import type { Report } from './store.ts'
import { TARGETS } from './targets.ts'

type Bench = (report: Report, options: { size?: number; only?: string[] }) => Promise<void>

const BENCHES: Record<string, Bench> = {
  start,
  relay,
  store,
  channel,
  fetch,
  gateway,
  import: importing,
  known,
  deletion,
  ui
}

const USAGE = `usage: npm run bench -- [--size N] [--json] [--only PIECE,…] [${Object.keys(BENCHES).join('] [')}]\n`

const args = Bare.argv.slice(2)
const json = take('--json')
const sizeAt = args.indexOf('--size')
const size = sizeAt === -1 ? undefined : Number(args.splice(sizeAt, 2)[1])
const onlyAt = args.indexOf('--only')
const only = onlyAt === -1 ? undefined : args.splice(onlyAt, 2)[1]?.split(',')
const unknown = args.filter((name) => !(name in BENCHES))
if (unknown.length > 0 || (size !== undefined && !(size > 0))) {
  const isAsked = unknown.includes('--help')
  const out = isAsked ? process.stdout : process.stderr
  await new Promise<void>((resolve) => void out.write(USAGE, () => resolve())) // before we go
  process.exit(isAsked ? 0 : 2)
}

let missed = 0
for (const [name, bench] of Object.entries(BENCHES)) {
  if (args.length > 0 && !args.includes(name)) continue
  if (!json) process.stdout.write(`\n${name}\n`)
  await bench(report, { ...(size === undefined ? {} : { size }), ...(only && { only }) })
}
if (!json) process.stdout.write(`\n${missed} of the targets missed\n`)
process.exit(0)

function report(name: string, value: number, unit: string): void {
  const target = TARGETS[name]
  const met =
    target === undefined ? null : target.atLeast ? value >= target.limit : value <= target.limit
  if (met === false) missed++
  if (json) {
    process.stdout.write(JSON.stringify({ name, value, unit, target: target ?? null, met }) + '\n')
    return
  }
  const verdict = target === undefined ? '' : describe(target, met === true)
  process.stdout.write(`  ${name.padEnd(44)}${show(value).padStart(10)} ${unit}${verdict}\n`)
}

function describe({ limit, atLeast }: { limit: number; atLeast: boolean }, met: boolean): string {
  return `   ${met ? 'meets' : 'MISSES'} ${atLeast ? '≥' : '≤'} ${limit}`
}

function show(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3)
}

function take(flag: string): boolean {
  const at = args.indexOf(flag)
  if (at !== -1) args.splice(at, 1)
  return at !== -1
}
