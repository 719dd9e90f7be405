import { homedir } from 'bare-os'
import { join, resolve } from 'bare-path'
import process from 'bare-process'

import { HypertunaError } from '../../protocol/errors.ts'
import { openFace } from '../face.ts'
import type { Face } from '../face.ts'
import { Output } from './output.ts'
import { parse } from './program.ts'
import type { Parsed } from './program.ts'
import { VERBS } from './verbs.ts'

/** How long we wait for a worker that is just being started, in ms. */
const LISTEN_LIMIT = 500

/** @returns the exit code: 0 done, 1 failed, 2 not understood */
export async function run(argv: string[]): Promise<number> {
  let parsed: Parsed | string
  try {
    parsed = parse(argv, VERBS)
  } catch (err) {
    new Output(argv.includes('--json')).failure(HypertunaError.from(err))
    return 2
  }
  if (typeof parsed === 'string') {
    process.stdout.write(parsed.trimEnd() + '\n')
    return 0
  }
  return runVerb(parsed)
}

async function runVerb({ verb, args, flags, rest }: Parsed): Promise<number> {
  const out = new Output(flags.json === true)
  const given = typeof flags.storage === 'string' ? flags.storage : null
  const storage = resolve(given ?? join(homedir(), '.hypertuna'))
  let face: Face | null = null
  const interrupted = new Promise<void>((done) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => done())
  })
  const call = {
    args,
    flags,
    rest,
    storage,
    out,
    interrupted,
    face: async () => {
      face ??= await attach(storage)
      if (verb.whileLocked !== true) await refuseLocked(face)
      return face
    }
  }
  try {
    const running = verb.run(call)
    // A member that was started ends by itself, and in order.
    await (verb.name === 'start' ? running : Promise.race([running, stop(interrupted)]))
    return 0
  } catch (err) {
    const problem = HypertunaError.from(err)
    if (!nobodyReads(problem)) out.failure(problem)
    return problem.code === 'USAGE' ? 2 : 1
  } finally {
    out.clear()
    await (face as Face | null)?.close()
  }
}

/** Whoever took what we print has seen enough (`| head`): that is no failure to tell of. */
function nobodyReads({ cause }: HypertunaError): boolean {
  return (cause as { code?: string } | undefined)?.code === 'EPIPE'
}

async function stop(interrupted: Promise<void>): Promise<never> {
  await interrupted
  throw new HypertunaError('CANCELLED', 'Stopped before it was done')
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
    const message = `Nothing runs for ${storage}: start the app, or "hypertuna start --storage ${storage}"`
    throw new HypertunaError('CLOSED', message, { cause: err })
  }
}
