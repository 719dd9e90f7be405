/** A Nostr client that measures: how fast events are taken, and how soon it is answered. */
import process from 'bare-process'
import { Socket } from 'bare-ws'

import { idOfJson } from './relay-events.ts'

type Message = [type: string, id: string, ...rest: unknown[]]

/** Milliseconds of a clock that only goes forward. */
export const clock = (): number => Number(process.hrtime.bigint()) / 1e6

export class RelayClient {
  readonly #socket: Socket
  readonly #answered = new Map<string, (message: Message) => void>()
  readonly #events = new Map<string, (json: string) => void>()

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('error', () => {})
    socket.on('data', (bytes) => this.#hear(String(bytes)))
  }

  static connect(url: string): Promise<RelayClient> {
    return new Promise((resolve, reject) => {
      // As every client does: a message of ours does not wait for the last one's receipt.
      const socket = new Socket(url, { noDelay: true } as object)
      socket.once('error', reject)
      socket.once('open', () => resolve(new RelayClient(socket)))
    })
  }

  /** Sends an event. @throws with the reason when it is refused */
  publish(json: string): Promise<void> {
    const id = idOfJson(json)
    return new Promise((resolve, reject) => {
      this.#answered.set(id, ([, , ok, reason]) => {
        if (ok === true) resolve()
        else reject(new Error(`The event was refused: ${String(reason)}`))
      })
      this.#socket.write(`["EVENT",${json}]`)
    })
  }

  /** Subscribes, and resolves with what is stored, as texts that are not read. */
  subscribe(id: string, filter: object, onlive?: (json: string) => void): Promise<string[]> {
    const stored: string[] = []
    return new Promise((resolve, reject) => {
      this.#events.set(id, (json) => stored.push(json))
      this.#answered.set(id, ([type, , reason]) => {
        if (onlive === undefined) this.#events.delete(id)
        else this.#events.set(id, onlive)
        if (type === 'EOSE') resolve(stored)
        else reject(new Error(`The subscription was closed: ${String(reason)}`))
      })
      this.#socket.write(JSON.stringify(['REQ', id, filter]))
    })
  }

  /** What is stored, and the milliseconds until all of it had come. */
  async query(filter: object): Promise<{ events: string[]; ms: number }> {
    const begun = clock()
    const events = await this.subscribe('q', filter)
    const ms = clock() - begun
    this.#socket.write('["CLOSE","q"]')
    return { events, ms }
  }

  count(filter: object): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#answered.set('count', ([type, , value]) => {
        if (type === 'COUNT') resolve((value as { count: number }).count)
        else reject(new Error(String(value)))
      })
      this.#socket.write(JSON.stringify(['COUNT', 'count', filter]))
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  #hear(text: string): void {
    if (text.startsWith('["EVENT","')) {
      const id = text.slice(10, text.indexOf('"', 10))
      return this.#events.get(id)?.(text)
    }
    const message = JSON.parse(text) as Message
    const [type, id] = message
    if (type === 'NOTICE') throw new Error(`The relay says: ${id}`)
    const answered = this.#answered.get(id)
    this.#answered.delete(id)
    answered?.(message)
  }
}

/** Sends events with so many of them on their way at once. @returns events a second */
export async function publishAll(
  clients: RelayClient[],
  events: string[],
  window: number
): Promise<number> {
  const begun = clock()
  let next = 0
  const lane = async (client: RelayClient): Promise<void> => {
    for (;;) {
      const event = events[next++]
      if (event === undefined) return
      await client.publish(event)
    }
  }
  const lanes = Array.from({ length: window }, (_, i) => lane(clients[i % clients.length]!))
  await Promise.all(lanes)
  return (events.length / (clock() - begun)) * 1000
}

/**
 * Sends events at a rate, whatever the answers.
 * @returns the milliseconds until each was answered
 */
export async function publishAtRate(
  client: RelayClient,
  events: string[],
  rate: number
): Promise<number[]> {
  const begun = clock()
  const answers: Promise<number>[] = []
  for (let sent = 0; sent < events.length;) {
    // An event counts from when it was due, so that a client which is late counts too.
    const due = Math.min(events.length, Math.floor(((clock() - begun) * rate) / 1000))
    for (; sent < due; sent++) {
      const at = begun + (sent / rate) * 1000
      answers.push(client.publish(events[sent]!).then(() => clock() - at))
    }
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  return Promise.all(answers)
}

/** The value that `share` of the values do not exceed. */
export function percentile(values: number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? NaN
}
