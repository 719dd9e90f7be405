import process from 'bare-process'

import type { Relay } from '../../protocol/rpc/generated/types.ts'
import type { Source } from './sources.ts'
import type { Stage } from './stage.ts'

/** Files whose links are shown. */
const SHOWN = 5

/** Says what happens, for people; with `json`, people's lines go to standard error. */
export class Report {
  readonly #say: (text: string) => void

  constructor(json: boolean, say?: (text: string) => void) {
    const out = json ? process.stderr : process.stdout
    this.#say = say ?? ((text) => out.write(`${text}\n`))
  }

  line(text: string): void {
    this.#say(text)
  }

  started(what: string, pid: number | null): void {
    this.line(`  up    ${what}${pid === null ? '' : ` (pid ${pid})`}`)
  }

  failed(text: string): void {
    process.stderr.write(`failed: ${text}\n`)
  }

  /** Runs a step and says how long it took, and how fast for `bytes` above 0. */
  async step<T>(what: string, bytes: number, run: () => Promise<T>): Promise<T> {
    const started = Date.now()
    const result = await run()
    const seconds = (Date.now() - started) / 1000
    const rate = bytes > 0 ? `  ${size(bytes)}  ${size(bytes / Math.max(seconds, 0.001))}/s` : ''
    this.line(`  ok    ${what.padEnd(30)}${seconds.toFixed(2).padStart(7)} s${rate}`)
    return result
  }

  json(value: unknown): void {
    process.stdout.write(JSON.stringify(value) + '\n')
  }

  /** Where to look, when everything stays up, and how it ends. */
  open(
    stage: Pick<Stage, 'members' | 'gateway' | 'folder' | 'bootstrap'>,
    relay: Pick<Relay, 'publicIdentifier'>,
    files: Source[]
  ): void {
    this.line('\nEverything is up. Open:')
    for (const { name, program } of stage.members) this.line(`  ${name}’s app  ${program.url}`)
    const base = stage.gateway.url.replace(/\/$/, '')
    for (const { hash, name } of files.slice(0, SHOWN)) {
      this.line(`  ${name}  ${base}/drive/${relay.publicIdentifier}/${hash}`)
    }
    if (files.length > SHOWN) {
      this.line(`  … and ${files.length - SHOWN} more; --json lists all of them`)
    }
    this.line('\nAnother member, who joins with an invite from one of the apps:')
    this.line(`  npm start -- --storage DIR --bootstrap ${stage.bootstrap}`)
    this.line('\nCtrl-C stops it all. The members, their keys and their copies of the files lie in')
    this.line(`${stage.folder} and are thrown away then; your own folder stays as it is.`)
  }
}

/** Bytes as people say them: decimal units, three digits. */
export function size(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let unit = 0
  let value = bytes
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${unit === 0 ? Math.round(value) : value.toPrecision(3)} ${units[unit]}`
}
