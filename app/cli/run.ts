import { homedir } from 'bare-os'
import { join, resolve } from 'bare-path'
import process from 'bare-process'

import { HypertunaError } from '../../protocol/errors.ts'
import { openFace } from '../face.ts'
import type { Face } from '../face.ts'
import { settlesWithin } from '../shells/patience.ts'
import { nobodyAnswers } from './nobody-answers.ts'
import { Output } from './output.ts'
import { parse, verbOf } from './program.ts'
import type { Parsed } from './program.ts'
import type { Call, Verb } from './verb.ts'
import { VERBS } from './verbs.ts'

/** How long we wait for a worker that is just being started, in ms. */
const LISTEN_LIMIT = 500
/** How long a command may take to stop what it began, in ms. */
const STOP_PATIENCE = 2000
/** As shells have it: 128 and the signal's number. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

/** @returns the exit code: 0 done, 1 failed, 2 not understood, above 128 stopped by a signal */
export async function run(argv: string[]): Promise<number> {
  let parsed: Parsed | string
  try {
    parsed = parse(argv, VERBS)
  } catch (err) {
    const out = new Output(argv.includes('--json'))
    const words = argv.filter((word) => !word.startsWith('-'))
    misunderstood(out, HypertunaError.from(err), verbOf(words, VERBS))
    return 2
  }
  const out = new Output(typeof parsed !== 'string' && parsed.flags.json === true)
  if (typeof parsed !== 'string') return runVerb(parsed, out)
  out.lines([parsed.trimEnd()])
  return (await isOut(out)) ? 0 : 1
}

async function runVerb({ verb, args, flags, rest }: Parsed, out: Output): Promise<number> {
  const given = typeof flags.storage === 'string' ? flags.storage : null
  const storage = resolve(given ?? join(homedir(), '.hypertuna'))
  const stops: (() => Promise<string | void>)[] = []
  let face: Face | null = null
  let signalled = 0
  const interrupted = new Promise<void>((done) => {
    for (const [signal, code] of Object.entries(SIGNALS)) {
      process.on(signal as keyof typeof SIGNALS, () => {
        signalled ||= code
        done()
      })
    }
  })
  const call: Call = {
    args,
    flags,
    rest,
    storage,
    out,
    interrupted,
    onstop: (stop) => void stops.push(stop),
    face: async () => {
      face ??= await attach(storage)
      if (verb.whileLocked !== true) await refuseLocked(face)
      return face
    }
  }
  try {
    const running = verb.run(call)
    // A member that was started ends by itself, and in order.
    if (verb.name === 'start') await running
    else await Promise.race([running, interrupted])
    if (verb.name !== 'start' && signalled !== 0) {
      running.catch(() => undefined) // it ends because of us
      out.failure(new HypertunaError('CANCELLED', await stopAll(stops)))
      return signalled
    }
    const isDone = await Promise.race([isOut(out), interrupted.then(() => verb.name === 'start')])
    return isDone ? 0 : signalled || 1
  } catch (err) {
    const problem = HypertunaError.from(err)
    if (problem.code === 'USAGE') misunderstood(out, problem, verb)
    else if (!nobodyReads(problem)) out.failure(problem)
    return problem.code === 'USAGE' ? 2 : 1
  } finally {
    out.clear()
    await (face as Face | null)?.close()
  }
}

function misunderstood(out: Output, problem: HypertunaError, verb: Verb | null): void {
  out.failure(problem)
  out.note(`See: hypertuna ${verb === null ? '' : `${verb.name} `}--help`)
}

/** Whether all that was printed got out; what kept it from that is said. */
async function isOut(out: Output): Promise<boolean> {
  const problem = await out.written()
  if (problem !== null && !nobodyReads(problem)) out.failure(problem)
  return problem === null
}

/** Whoever took what we print has seen enough (`| head`): that is no failure to tell of. */
function nobodyReads({ cause }: HypertunaError): boolean {
  return (cause as { code?: string } | undefined)?.code === 'EPIPE'
}

/** @returns what to say of it */
async function stopAll(stops: readonly (() => Promise<string | void>)[]): Promise<string> {
  const said: string[] = []
  const stopping = stops.map(async (stop) => {
    const how = await stop()
    if (how) said.push(how)
  })
  await settlesWithin(Promise.allSettled(stopping), STOP_PATIENCE)
  return ['Stopped before it was done', ...said].join('; ')
}

/** What waits for a key would wait for ever. @throws UNAUTHORIZED */
async function refuseLocked(face: Face): Promise<void> {
  const { locked } = await face.first('status', {}, () => true)
  if (locked !== true) return
  throw new HypertunaError('UNAUTHORIZED', 'The key is locked: open it with "hypertuna unlock"')
}

async function attach(storage: string): Promise<Face> {
  try {
    return await openFace(storage, LISTEN_LIMIT)
  } catch (err) {
    throw nobodyAnswers(err, storage)
  }
}
