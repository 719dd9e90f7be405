/** Connections without an HTTP client: what no client would send, and how it is taken. */
import tcp, { type TCPSocket } from 'bare-tcp'

export interface Raw {
  socket: TCPSocket
  /** What came so far. */
  text: () => string
  /** Settles when the other side has closed. */
  closed: Promise<string>
  /** Settles when what came matches. */
  until: (pattern: RegExp) => Promise<string>
  send: (text: string) => void
}

/** A connection to where a gateway listens. */
export function connect(url: string): Raw {
  const [, host = '', port = ''] = /^https?:\/\/([^:/]+):(\d+)/.exec(url) ?? []
  const socket = tcp.createConnection({ port: Number(port), host })
  let text = ''
  const waiting = new Set<() => void>()
  socket.on('data', (chunk) => {
    text += Buffer.from(chunk as Uint8Array).toString('latin1')
    for (const look of waiting) look()
  })
  socket.on('error', () => {}) // being cut off is one
  socket.on('end', () => socket.end())
  const closed = new Promise<string>((resolve) => socket.on('close', () => resolve(text)))
  const until = (pattern: RegExp): Promise<string> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!pattern.test(text)) return
        waiting.delete(look)
        resolve(text)
      }
      waiting.add(look)
      look()
    })
  return { socket, text: () => text, closed, until, send: (part) => void socket.write(part) }
}

/** What comes back until the other side closes; `Connection: close` is for the caller to send. */
export async function exchange(url: string, sent: string): Promise<string> {
  const { send, closed } = connect(url)
  send(sent)
  return closed
}

/** The status of each answer in what came. */
export function statuses(text: string): number[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d{3}) [A-Z]/g)].map(([, status]) => Number(status))
}
