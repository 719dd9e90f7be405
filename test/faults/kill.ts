/**
 * SIGKILL at a random moment of what a member does: putting, fetching, deleting and
 * importing files. One round is one life of the member. It must come back with every file
 * that it said it had, with no wrong byte, without what was deleted, and with nothing on
 * the disk that belongs to no file.
 */
import { rmSync, writeFileSync } from 'bare-fs'
import { constants } from 'bare-os'
import { join } from 'bare-path'
import process from 'bare-process'
import { spawn } from 'bare-subprocess'
import { fileURLToPath } from 'bare-url'

import { makeBytes, sha256 } from '../worker/drive-fixture.ts'
import { localDht } from '../worker/member.ts'
import { arrived, share, startWhole, syncOf } from '../worker/whole.ts'
import type { Whole } from '../worker/whole.ts'
import { below, chance, short, staged, within } from './scene.ts'
import type { Outcome, Scene } from './scene.ts'
import type { Expected } from './victim.ts'

const WORKS = ['put', 'fetch', 'delete', 'import'] as const
/** A life is looked at as a whole after so many of them. */
const CHECK_EVERY = 10
/** Who has nothing to say for so long hangs, in ms. */
const STARTING = 90_000
/** The store's own keys and trees beside the contents. */
const OVERHEAD = 2_000_000

type Work = (typeof WORKS)[number] | 'join' | 'check'

interface Stage {
  bootstrap: string[]
  dir: string
  storage: string
  founder: Whole
  relayKey: string
  next: () => number
}

/** What is known of files by what the member said before it was killed. */
interface Ledger {
  here: Set<string>
  /** Asked to be deleted; it may have died in between. */
  maybe: Set<string>
  gone: Set<string>
}

export const kill: Scene = ({ rounds, seed, progress }) =>
  staged(async (t) => {
    const bootstrap = await localDht(t)
    const founder = await startWhole(t, bootstrap)
    const { relayKey } = await founder.calls.createRelay({ name: 'Field notes', access: 'closed' })
    const dir = await t.tmp()
    const storage = join(dir, 'storage')
    const stage = { bootstrap, dir, storage, founder, relayKey, next: chance(seed) }
    const terms = { relayKey, expiresIn: 600, uses: 1 }
    const { invite } = await founder.calls.createInvite(terms)
    await live(stage, 'join', invite, null)
    const [member = ''] = [
      ...founder.worker.use().relays.get(relayKey).relay.members.keys()
    ].filter((pubkey) => pubkey !== founder.worker.status().pubkey)
    // Then it may take away the founder's files as well.
    await founder.calls.setRole({ relayKey, pubkey: member, role: 'moderator' })
    const ledger: Ledger = { here: new Set(), maybe: new Set(), gone: new Set() }
    const outcome: Outcome = { failures: [], skipped: null, figures: { kills: 0 } }
    for (let round = 0; round < rounds; round++) {
      const work = WORKS[round % WORKS.length]!
      await playRound(stage, work, ledger)
      outcome.figures.kills!++
      progress(`round ${round + 1} of ${rounds}: killed in ${work}, ${ledger.here.size} files kept`)
      const isLast = round === rounds - 1
      if (isLast || round % CHECK_EVERY === CHECK_EVERY - 1) {
        await checkAll(stage, ledger, outcome)
        progress(`checked: ${outcome.failures.length} failures`)
        if (outcome.failures.length > 0) break
      }
    }
    Object.assign(outcome.figures, { files: ledger.here.size, deleted: ledger.gone.size })
    return outcome
  })

async function playRound(stage: Stage, work: Work, ledger: Ledger): Promise<void> {
  const { next, founder, relayKey } = stage
  let more = ''
  let sharing: Promise<void> = Promise.resolve()
  if (work === 'fetch') sharing = shareSome(stage, ledger, 3)
  if (work === 'delete') {
    const known = [...ledger.here].filter((hash) => syncOf(founder, relayKey).files.has(hash))
    more = known.slice(0, 1 + below(next, 6)).join()
  }
  // Now and then before it is up: what puts a killed storage right is killed as well.
  const early = next() < 0.2
  const lines = await live(stage, work, more, { early, ms: next() * (early ? 700 : 2000) })
  await sharing
  for (const line of lines) note(line, ledger)
}

function note(line: string, { here, maybe, gone }: Ledger): void {
  const [word, hash = ''] = line.split(' ')
  if (word === 'put') here.add(hash)
  if (word === 'deleting') {
    here.delete(hash)
    maybe.add(hash)
  }
  if (word === 'deleted') {
    maybe.delete(hash)
    gone.add(hash)
  }
}

/** Files of the founder's, for the member to fetch: it has accepted none of them before. */
async function shareSome(stage: Stage, { here }: Ledger, count: number): Promise<void> {
  const { next, dir, founder, relayKey } = stage
  for (let i = 0; i < count; i++) {
    const bytes = makeBytes(1 + below(next, 6_000_000), below(next, 2 ** 31))
    const hash = sha256(bytes)
    const path = join(dir, 'shared')
    writeFileSync(path, bytes)
    await share(founder, relayKey, { path, hash, name: 'shared' })
    here.add(hash)
  }
}

async function checkAll(
  stage: Stage,
  ledger: Ledger,
  { failures, figures }: Outcome
): Promise<void> {
  const { dir, founder, relayKey } = stage
  const expected: Expected = { here: [...ledger.here], gone: [...ledger.gone] }
  const path = join(dir, 'expected.json')
  writeFileSync(path, JSON.stringify(expected))
  rmSync(path + '.done', { force: true })
  const living = live(stage, 'check', path, null)
  const all = Promise.all(expected.here.map((hash) => arrived(founder, relayKey, hash)))
  await within(60_000, 'the founder has what the member has', all).catch((err: unknown) => {
    failures.push((err as Error).message)
  })
  writeFileSync(path + '.done', '') // until then the member stays, to give the founder all
  const lines = await living
  for (const line of lines) {
    const [word = '', ...rest] = line.split(' ')
    if (word === 'ready' || word === 'closed') continue
    if (word !== 'live') failures.push(`${word} ${short(rest[0] ?? '')} ${rest.slice(1).join(' ')}`)
    else {
      const [live = 0, disk = 0] = rest.map(Number)
      Object.assign(figures, { live, disk })
      if (disk > 1.05 * live + OVERHEAD) failures.push(`disk ${disk} for ${live} live bytes`)
    }
  }
  if (!lines.includes('closed')) failures.push('the member did not come back')
}

/**
 * One life of the member.
 *
 * @param end when it is killed: so many ms after it was ready, or after it was started;
 *   null for one that ends by itself
 * @returns what it said
 */
async function live(
  { bootstrap, storage, next }: Stage,
  work: Work,
  more: string,
  end: { early: boolean; ms: number } | null
): Promise<string[]> {
  const entry = fileURLToPath(new URL('./victim.js', import.meta.url).href)
  const args = [entry, storage, bootstrap.join(), work, String(below(next, 2 ** 31)), more]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const killIt = (): void => void child.kill(constants.signals.SIGKILL)
  let text = ''
  let timer: ReturnType<typeof setTimeout> | undefined
  const killIn = (ms: number): void => {
    clearTimeout(timer)
    timer = setTimeout(killIt, ms)
  }
  killIn(end?.early === true ? end.ms : work === 'check' ? 2 * STARTING : STARTING)
  child.stdout?.on('data', (chunk) => {
    const isUp = text.includes('ready\n')
    text += String(chunk)
    if (end !== null && !end.early && !isUp && text.includes('ready\n')) killIn(end.ms)
  })
  await new Promise<void>((resolve) => child.on('close', () => resolve()))
  clearTimeout(timer)
  // What was cut off in the middle was not said.
  return text.split('\n').slice(0, -1)
}
