import http from 'bare-http1'

/** What the server keeps of how far an answer is. */
interface Framing {
  _headersSent: boolean
  _framed: boolean
}

/** An answer that may be sent as it was put together before, without making its head anew. */
export class Outgoing extends http.ServerResponse {
  /**
   * Sends a whole answer in one write.
   *
   * @param packet - its status line, headers and body, for a connection that is kept; of the
   *   length that its headers say
   */
  sendPacket(packet: Uint8Array): void {
    const framing = this as unknown as Framing
    framing._headersSent = true
    framing._framed = true
    this.end(packet)
  }
}

/**
 * An answer with status 200 as it goes over a connection that is kept.
 *
 * @param keepAlive - ms that the server waits for the next request
 */
export function makePacket(
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
  keepAlive: number
): Buffer {
  const all = {
    ...headers,
    Connection: 'keep-alive',
    'Keep-Alive': `timeout=${Math.floor(keepAlive / 1000)}`,
    Date: new Date().toUTCString()
  }
  const lines = Object.entries(all).map(([name, value]) => `${titleOf(name)}: ${value}\r\n`)
  return Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\n${lines.join('')}\r\n`, 'latin1'), body])
}

/** A header's name as all other answers have it. */
function titleOf(name: string): string {
  return name.toLowerCase().replace(/(?:^|-)[a-z]/g, (letter) => letter.toUpperCase())
}
