import process from 'bare-process'

import type { Relay } from '../../protocol/rpc/generated/types.ts'
import type { Source } from './sources.ts'
import type { Stage } from './stage.ts'

/** Says what happens, for people; with `json`, people's lines go to standard error. */
export class Report {
  readonly #json: boolean

  constructor(json: boolean) {
    this.#json = json
  }

  line(text: string): void {
    const out = this.#json ? process.stderr : process.stdout
    out.write(text + '\n')
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

  /** Where to look, when everything stays up. */
  open(stage: Stage, relay: Relay, sources: Source[]): void {
    this.line('\nEverything stays up until Ctrl-C. Open:')
    for (const { name, program } of stage.members) this.line(`  ${name}’s app  ${program.url}`)
    const base = stage.gateway.url.replace(/\/$/, '')
    for (const { hash, name } of sources.slice(0, 5)) {
      this.line(`  ${name}  ${base}/drive/${relay.publicIdentifier}/${hash}`)
    }
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
