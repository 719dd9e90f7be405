import process from 'bare-process'

/**
 * One thing that happened: an event name (`drive-ready`) and its facts.
 * Never secrets or tokens, and no file names.
 */
export type Log = (event: string, fields?: Record<string, unknown>) => void

const KEY = /^[0-9a-f]{64}$/

/** The first 8 hex digits of a key or hash: enough to follow it through a log. */
export function shortKey(key: string): string {
  return key.slice(0, 8)
}

/**
 * A log that writes one JSON line for each event: `time` (ISO 8601), `event`,
 * then the fields of `base` and of the call. Whole keys and hashes are cut to
 * 8 digits and errors to their code and message.
 *
 * @param write where a line goes, standard error unless told otherwise
 */
export function createLog(
  base: Record<string, unknown> = {},
  write: (line: string) => void = toStandardError
): Log {
  return (event, fields = {}) => {
    const line: Record<string, unknown> = { time: new Date().toISOString(), event }
    for (const [name, value] of Object.entries({ ...base, ...fields })) line[name] = show(value)
    write(JSON.stringify(line) + '\n')
  }
}

/** Says nothing: for tests and for parts that are used alone. */
export const silent: Log = () => {}

function show(value: unknown): unknown {
  if (typeof value === 'string') return KEY.test(value) ? shortKey(value) : value
  if (value instanceof Error) {
    const { code, message } = value as Error & { code?: unknown }
    return typeof code === 'string' ? { code, message } : { message }
  }
  if (Array.isArray(value)) return value.map(show)
  if (typeof value === 'bigint') return value.toString()
  return value
}

function toStandardError(line: string): void {
  process.stderr.write(line)
}
