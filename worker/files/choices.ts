/**
 * What people decided about files on this device: which stay here (pins), which they
 * asked for, and jobs that go on after a restart. One small file beside the storage,
 * replaced as a whole.
 */
import { readFile, rename } from 'bare-fs/promises'
import { HypertunaError } from '../../protocol/errors.ts'
import { replaceFile } from '../atomic-file.ts'
import { diskError, isSystemCode } from '../disk-error.ts'
import type { Log } from '../log.ts'
import type { Journal, TransferJob, TransferKind, TransferPlan } from './transfers.ts'

/** More would make each change a large write: whoever keeps that much keeps the whole group. */
const MOST_PINS = 20_000
/** Files that people asked for and that nobody could serve yet; the oldest are forgotten first. */
const MOST_ASKED = 5_000
const MOST_JOBS = 100
/** Characters of all plans together: an export of 10,000 files that were chosen has 650,000. */
const MOST_PLANS = 2_000_000

const HEX_KEY = /^[0-9a-f]{64}$/

/** A job of before the restart, to be added again by whoever knows its kind. */
export interface KeptJob {
  relayKey: string
  name: string | null
  kind: TransferKind
  plan: TransferPlan
}

interface Kept {
  version: 1
  /** `<relayKey>/<hash>` each. */
  pins: string[]
  asked: string[]
  jobs: Record<string, KeptJob>
}

const id = (relayKey: string, hash: string): string => `${relayKey}/${hash}`

export class Choices implements Journal {
  readonly #path: string
  readonly #log: Log
  readonly #pins = new Set<string>()
  readonly #asked = new Set<string>()
  readonly #jobs = new Map<string, KeptJob>()
  #before: KeptJob[] = []
  #saving: Promise<void> = Promise.resolve()
  #unsaved = false

  constructor(path: string, log: Log) {
    this.#path = path
    this.#log = log
  }

  /** Reads what was chosen before. A file that is not ours is put aside, and nothing is chosen. */
  async open(): Promise<void> {
    const kept = await this.#read()
    if (kept === null) return
    for (const pin of kept.pins) this.#pins.add(pin)
    for (const asked of kept.asked) this.#asked.add(asked)
    this.#before = Object.values(kept.jobs)
  }

  /** Waits until everything is on the disk. */
  async close(): Promise<void> {
    await this.#saving
  }

  isPinned(relayKey: string, hash: string): boolean {
    return this.#pins.has(id(relayKey, hash))
  }

  /** @throws BAD_REQUEST when too many are pinned, STORAGE_* */
  async pin(relayKey: string, hash: string): Promise<void> {
    if (this.isPinned(relayKey, hash)) return
    if (this.#pins.size >= MOST_PINS) {
      const message = `${MOST_PINS} files are kept here already: let go of some first`
      throw new HypertunaError('BAD_REQUEST', message)
    }
    this.#pins.add(id(relayKey, hash))
    await this.#save()
  }

  /** @throws STORAGE_* */
  async unpin(relayKey: string, hash: string): Promise<void> {
    if (this.#pins.delete(id(relayKey, hash))) await this.#save()
  }

  isAsked(relayKey: string, hash: string): boolean {
    return this.#asked.has(id(relayKey, hash))
  }

  /** It is fetched before others, in a relay that is kept on demand too, until it is here. */
  ask(relayKey: string, hash: string): void {
    if (this.isAsked(relayKey, hash)) return
    this.#asked.add(id(relayKey, hash))
    for (const oldest of this.#asked) {
      if (this.#asked.size <= MOST_ASKED) break
      this.#asked.delete(oldest)
    }
    this.#saveSoon()
  }

  /** It is here, or nobody wants it any more. */
  answered(relayKey: string, hash: string): void {
    if (this.#asked.delete(id(relayKey, hash))) this.#saveSoon()
  }

  /** Forgets what was chosen of a relay that is no more. */
  async forgetRelay(relayKey: string): Promise<void> {
    for (const set of [this.#pins, this.#asked]) {
      for (const each of set) if (each.startsWith(relayKey)) set.delete(each)
    }
    this.#before = this.#before.filter((job) => job.relayKey !== relayKey)
    await this.#save()
  }

  /** Jobs of a kind and relay that were under way when the worker ended; each is handed out once. */
  takeJobs(kind: TransferKind, relayKey: string): KeptJob[] {
    const isMeant = (job: KeptJob): boolean => job.kind === kind && job.relayKey === relayKey
    const taken = this.#before.filter(isMeant)
    this.#before = this.#before.filter((job) => !isMeant(job))
    return taken
  }

  keep(transferId: string, { relayKey, name, kind, plan = {} }: TransferJob): void {
    const plans = [plan, ...Array.from(this.#jobs.values(), (job) => job.plan)]
    const isTooLong = plans.reduce((sum, each) => sum + lengthOf(each), 0) > MOST_PLANS
    if (this.#jobs.size >= MOST_JOBS || isTooLong) {
      return this.#log('transfer-not-kept', { kind }) // it runs, but ends with the worker
    }
    this.#jobs.set(transferId, { relayKey, name, kind, plan })
    this.#saveSoon()
  }

  forget(transferId: string): void {
    if (this.#jobs.delete(transferId)) this.#saveSoon()
  }

  #saveSoon(): void {
    this.#save().catch((err: unknown) => this.#log('choices-not-saved', { err }))
  }

  /** Changes that come while one is being written are written together. */
  #save(): Promise<void> {
    this.#unsaved = true
    const saved = this.#saving.then(async () => {
      if (!this.#unsaved) return
      this.#unsaved = false
      await this.#write()
    })
    this.#saving = saved.catch(() => {}) // told to who asked for it
    return saved
  }

  async #write(): Promise<void> {
    const jobs: Record<string, KeptJob> = Object.fromEntries(this.#jobs)
    for (const [i, job] of this.#before.entries()) jobs[`before-${i}`] = job
    const kept: Kept = { version: 1, pins: [...this.#pins], asked: [...this.#asked], jobs }
    try {
      await replaceFile(this.#path, JSON.stringify(kept) + '\n')
    } catch (err) {
      this.#unsaved = true
      throw diskError(err, `${this.#path} cannot be written`)
    }
  }

  async #read(): Promise<Kept | null> {
    let text: string
    try {
      text = (await readFile(this.#path, { encoding: 'utf8' })) as string
    } catch (err) {
      if (isSystemCode(err, 'ENOENT')) return null
      throw diskError(err, `${this.#path} cannot be read`)
    }
    const kept = parse(text)
    if (kept !== null) return kept
    this.#log('choices-unreadable', {})
    await rename(this.#path, this.#path + '.bad')
    return null
  }
}

function lengthOf(plan: TransferPlan): number {
  return Object.values(plan).reduce<number>((sum, value) => sum + String(value).length, 0)
}

function parse(text: string): Kept | null {
  let value: Partial<Kept> | null
  try {
    value = JSON.parse(text) as Partial<Kept> | null
  } catch {
    return null // a file that somebody else wrote
  }
  if (value?.version !== 1 || !isIds(value.pins) || !isIds(value.asked)) return null
  const jobs = value.jobs ?? {}
  return typeof jobs === 'object'
    ? { version: 1, pins: value.pins, asked: value.asked, jobs }
    : null
}

function isIds(value: unknown): value is string[] {
  if (!Array.isArray(value)) return false
  return value.every((each) => {
    if (typeof each !== 'string') return false
    const [relayKey = '', hash = '', ...more] = each.split('/')
    return HEX_KEY.test(relayKey) && HEX_KEY.test(hash) && more.length === 0
  })
}
