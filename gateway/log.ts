/** One JSON line for each event, on standard error. */
export type Log = (event: string, fields?: Record<string, unknown>) => void

const KEY = /\b[0-9a-f]{64}\b/g
const NPUB = /\bnpub1[a-z0-9]{58}\b/g

/**
 * A log that writes whole lines through `write`. Keys and hashes are shortened
 * to what is enough to tell them apart, but for our own, `gatewayKey`, which is to
 * be copied from there; a value that is an Error becomes its
 * code and message.
 */
export function createLog(write: (line: string) => void = (line) => console.error(line)): Log {
  return (event, fields = {}) => {
    const line: Record<string, unknown> = { time: new Date().toISOString(), event }
    for (const [name, value] of Object.entries(fields)) {
      line[name] = name === 'gatewayKey' ? value : plain(value)
    }
    write(JSON.stringify(line))
  }
}

function plain(value: unknown): unknown {
  if (value instanceof Error) {
    const { code, message } = value as Error & { code?: unknown }
    return `${typeof code === 'string' ? `${code}: ` : ''}${shorten(message)}`
  }
  return typeof value === 'string' ? shorten(value) : value
}

function shorten(text: string): string {
  return text.replace(KEY, (key) => key.slice(0, 8)).replace(NPUB, (npub) => npub.slice(0, 12))
}
