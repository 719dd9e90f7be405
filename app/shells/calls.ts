/**
 * What a page asks of its shell where the two share no HTTP: under Pear and
 * Electron. The names are all there are; the shell refuses others.
 */
import b4a from 'b4a'
import type { Duplex } from 'streamx'
import { HypertunaError } from '../../protocol/errors.ts'

/**
 * - `none`: this is the newest version known
 * - `updating`: a newer one is being fetched
 * - `ready`: it runs from the next start on
 * - `waiting`: a restart was asked for, and transfers end first
 */
export type UpdateState = 'none' | 'updating' | 'ready' | 'waiting'

/** A call's name, and what it takes. Answers are JSON; `null` where nothing is said. */
export const SHELL_CALLS = [
  'read-config',
  'write-config',
  'choose-files',
  'choose-folder',
  'restart'
] as const
export type ShellCall = (typeof SHELL_CALLS)[number]

/** What a shell says unasked. */
export type ShellEvent =
  | { readonly event: 'update'; readonly state: UpdateState }
  /** A `hypertuna://` link was opened. */
  | { readonly event: 'link'; readonly url: string }

export type ShellHandlers = { [Name in ShellCall]: (value: unknown) => Promise<unknown> }

/** A page's side of it, whatever carries it. */
export interface ShellLine {
  call(name: ShellCall, value?: unknown): Promise<unknown>
  onevent(listener: (event: ShellEvent) => void): void
}

interface Question {
  id: number
  name: string
  value?: unknown
}
interface Answer {
  id: number
  value?: unknown
  error?: { code: string; message: string }
}

/** Longest line; a page's settings are far shorter. */
const MAX_LINE = 64 * 1024

/** Answers calls on a stream of JSON lines; the returned function says an event. */
export function serveShellCalls(
  stream: Duplex,
  handlers: ShellHandlers
): (event: ShellEvent) => void {
  const say = (message: object): void => {
    if (!stream.destroying) stream.write(b4a.from(JSON.stringify(message) + '\n'))
  }
  eachLine(stream, (message) => {
    const { id, name, value } = message as Question
    void answerShellCall(handlers, name, value).then((answer) => say({ id, ...answer }))
  })
  return say
}

/** Runs one call; it never rejects. */
export async function answerShellCall(
  handlers: ShellHandlers,
  name: unknown,
  value: unknown
): Promise<Omit<Answer, 'id'>> {
  try {
    if (!SHELL_CALLS.includes(name as ShellCall)) {
      throw new HypertunaError('BAD_REQUEST', 'There is no such call')
    }
    return { value: (await handlers[name as ShellCall](value)) ?? null }
  } catch (err) {
    const { code, message } = HypertunaError.from(err)
    return { error: { code, message } }
  }
}

/** The other end of `serveShellCalls`. */
export function openShellLine(stream: Duplex): ShellLine {
  const asked = new Map<number, (answer: Omit<Answer, 'id'>) => void>()
  const listeners = new Set<(event: ShellEvent) => void>()
  let last = 0
  eachLine(stream, (message) => {
    if ('event' in message) for (const listener of listeners) listener(message as ShellEvent)
    else {
      const { id, ...answer } = message as Answer
      asked.get(id)?.(answer)
      asked.delete(id)
    }
  })
  stream.on('close', () => {
    const error = { code: 'CLOSED', message: 'The app went away' }
    for (const settle of asked.values()) settle({ error })
    asked.clear()
  })
  return {
    call: (name, value) =>
      new Promise((resolve, reject) => {
        const id = ++last
        asked.set(id, (answer) => {
          if (answer.error === undefined) resolve(answer.value)
          else reject(errorOf(answer.error))
        })
        stream.write(b4a.from(JSON.stringify({ id, name, value }) + '\n'))
      }),
    onevent: (listener) => void listeners.add(listener)
  }
}

/** The error that a shell told of. */
export function errorOf({ code, message }: { code: string; message: string }): HypertunaError {
  return HypertunaError.from(Object.assign(new Error(message), { code }))
}

/** A line that is too long or no JSON ends the stream. */
function eachLine(stream: Duplex, onmessage: (message: object) => void): void {
  let rest = ''
  stream.on('error', () => undefined) // 'close' follows
  stream.on('data', (bytes) => {
    const lines = (rest + b4a.toString(bytes as Uint8Array)).split('\n')
    rest = lines.pop() ?? ''
    try {
      if (rest.length > MAX_LINE) throw new HypertunaError('TOO_LARGE', 'The line is too long')
      for (const line of lines) onmessage(JSON.parse(line) as object)
    } catch (err) {
      stream.destroy(err as Error)
    }
  })
}
