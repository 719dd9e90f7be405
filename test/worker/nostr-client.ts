/** A Nostr client for tests: what it was sent, in order, and waiting for more. */
import { Socket } from 'bare-ws'
import type { NostrEvent } from '../../protocol/nostr.ts'

export type Message = [type: string, ...rest: unknown[]]

export class NostrClient {
  readonly socket: Socket
  readonly messages: Message[] = []
  closed = false
  #queries = 0
  readonly #looks = new Set<() => void>()

  constructor(url: string, headers: Record<string, string> = {}) {
    this.socket = new Socket(url, { headers })
    this.socket.on('error', () => {})
    this.socket.on('data', (bytes) => {
      this.messages.push(JSON.parse(String(bytes)) as Message)
      this.#look()
    })
    this.socket.on('close', () => {
      this.closed = true
      this.#look()
    })
  }

  say(...message: unknown[]): void {
    this.socket.write(JSON.stringify(message))
  }

  /** The first message that meets a condition and was not taken yet; it is taken. */
  async next(is: (message: Message) => boolean): Promise<Message> {
    for (;;) {
      const at = this.messages.findIndex(is)
      if (at >= 0) return this.messages.splice(at, 1)[0]!
      if (this.closed) throw new Error('the relay closed the connection')
      await this.#more()
    }
  }

  type(name: string, id?: string): Promise<Message> {
    return this.next(([type, second]) => type === name && (id === undefined || second === id))
  }

  /** Sends an event and waits for its OK. */
  async publish(event: NostrEvent): Promise<{ ok: boolean; message: string }> {
    this.say('EVENT', event)
    const [, , ok, message] = await this.type('OK', event.id)
    return { ok: ok as boolean, message: message as string }
  }

  /** What is stored, up to EOSE; the subscription is closed then. */
  async query(...filters: object[]): Promise<NostrEvent[]> {
    const id = `q${this.#queries++}`
    this.say('REQ', id, ...filters)
    await this.next(([type, second]) => (type === 'EOSE' || type === 'CLOSED') && second === id)
    this.say('CLOSE', id)
    return this.taken(id)
  }

  /** The events of a subscription that have come so far. */
  taken(id: string): NostrEvent[] {
    const mine = this.messages.filter(([type, second]) => type === 'EVENT' && second === id)
    for (const message of mine) this.messages.splice(this.messages.indexOf(message), 1)
    return mine.map(([, , event]) => event as NostrEvent)
  }

  async live(id: string): Promise<NostrEvent> {
    const [, , event] = await this.type('EVENT', id)
    return event as NostrEvent
  }

  async end(): Promise<void> {
    while (!this.closed) await this.#more()
  }

  close(): void {
    this.socket.end()
  }

  #more(): Promise<void> {
    return new Promise((resolve) => this.#looks.add(resolve))
  }

  #look(): void {
    for (const look of this.#looks) look()
    this.#looks.clear()
  }
}
