import fs from 'bare-fs/promises'
import ReadyResource from 'ready-resource'
import type { Log } from './log.ts'
import { Rules } from './rules.ts'
import { unreadable } from './unreadable.ts'
import { watchFiles } from './watched.ts'

interface Options {
  /** The file; null for none. */
  path: string | null
  /** Relays that may be asked for; null for any. */
  allowed: readonly string[] | null
  /** Takes every copy of a file away. */
  purge: (hash: string) => Promise<unknown>
  log: Log
}

/**
 * The operator's rules as the file has them now. When it changes they count for the
 * next byte that is sent, and files that were blocked or are to be purged leave the
 * cache. A file that cannot be read leaves the rules as they were.
 */
export class RulesFile extends ReadyResource {
  readonly #options: Options
  #rules: Rules
  #purged: ReadonlySet<string> = new Set()
  #stop: () => void = () => {}

  constructor(options: Options) {
    super()
    this.#options = options
    this.#rules = new Rules('', options.allowed ?? [])
  }

  get rules(): Rules {
    return this.#rules
  }

  /** See Rules. */
  get allowed(): readonly string[] | null {
    return this.#rules.allowed
  }

  /** See Rules. */
  check(publicIdentifier: string | null, hash: string | null): void {
    this.#rules.check(publicIdentifier, hash)
  }

  protected override async _open(): Promise<void> {
    const { path, log } = this.#options
    if (path === null) return
    await this.#read(path)
    this.#stop = watchFiles([path], () => this.#read(path), { log })
  }

  async #read(path: string): Promise<void> {
    const { allowed, purge, log } = this.#options
    let text: string
    try {
      text = String(await fs.readFile(path, { encoding: 'utf8' }))
    } catch (err) {
      throw unreadable(path, err)
    }
    const rules = new Rules(text, allowed ?? [])
    this.#rules = rules
    log('rules read', { ...rules.counts })
    const wanted = [...rules.purges].filter(([, line]) => !this.#purged.has(line))
    this.#purged = new Set(rules.purges.values())
    for (const [hash] of wanted) {
      if (this.closing !== null) return
      await purge(hash)
    }
  }

  protected override _close(): Promise<void> {
    this.#stop()
    return Promise.resolve()
  }
}
