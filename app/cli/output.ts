/**
 * What the command line prints: results on standard output, progress and
 * failures on standard error. With `json`, results are one line of JSON each.
 */
import process from 'bare-process'
import tty from 'bare-tty'

import { Writable } from 'streamx'

import type { HypertunaError } from '../../protocol/errors.ts'
import { diskFailure } from './disk-failure.ts'
import { fitting, plain } from './words.ts'

const BAR = 24
/** How often progress is drawn at most, in ms. */
const TICK = 100

export class Output {
  readonly json: boolean
  readonly #bar: boolean
  #drawn = 0
  #shown = false
  #failed: HypertunaError | null = null

  constructor(json: boolean) {
    this.json = json
    const stdout = process.stdout as unknown as Writable
    stdout.on('error', (err) => {
      this.#failed ??= diskFailure(err as Error, 'What was to be printed')
    })
    this.#bar = !json && tty.isTTY(2) && process.env['TERM'] !== 'dumb'
  }

  /** A result: as it is for scripts, in lines for people. */
  result(value: unknown, lines: readonly string[]): void {
    this.clear()
    if (this.json) process.stdout.write(JSON.stringify(value) + '\n')
    else this.lines(lines.map(plain))
  }

  /** Text of our own. */
  lines(lines: readonly string[]): void {
    for (const line of lines) process.stdout.write(line + '\n')
  }

  /**
   * Waits until all results are out: whoever reads them in a pager takes their time.
   * @returns what kept them from that, or null
   */
  async written(): Promise<HypertunaError | null> {
    const stdout = process.stdout as unknown as Writable
    await Writable.drained(stdout)
    // A write that failed is told of a moment after it.
    await new Promise((resolve) => setTimeout(resolve, 0))
    if (stdout.destroying && !stdout.destroyed) {
      await new Promise<void>((resolve) => void stdout.once('close', resolve))
    }
    return this.#failed
  }

  /** Something to know on the way, for people alone. */
  note(line: string): void {
    this.clear()
    if (!this.json) process.stderr.write(plain(line) + '\n')
  }

  failure(error: HypertunaError): void {
    this.clear()
    const { code, message } = error
    if (this.json) process.stderr.write(JSON.stringify({ error: error.toJSON() }) + '\n')
    else process.stderr.write(`hypertuna: ${plain(message)} (${code})\n`)
  }

  /** @param share how much is done, 0 to 1 */
  progress(what: string, share: number, detail: string): void {
    if (!this.#bar || Date.now() - this.#drawn < TICK) return
    this.#drawn = Date.now()
    this.#shown = true
    const full = Math.round(Math.max(0, Math.min(1, share)) * BAR)
    const bar = '█'.repeat(full) + '░'.repeat(BAR - full)
    const percent = `${Math.floor(share * 100)} %`.padStart(5)
    const line = `${bar} ${percent}  ${plain(what).slice(0, 40)}  ${detail}`
    process.stderr.write(`\r\x1b[2K${fitting(line, this.#columns())}`)
  }

  /** A line that breaks would not be taken away whole. */
  #columns(): number {
    const { columns } = process.stderr as unknown as { columns?: number }
    return columns === undefined || columns <= 0 ? 80 : columns
  }

  /** Takes the progress bar away. */
  clear(): void {
    if (!this.#shown) return
    this.#shown = false
    process.stderr.write('\r\x1b[2K')
  }
}
