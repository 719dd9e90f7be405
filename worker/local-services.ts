/** What programs of this computer reach the worker by: files over HTTP, groups as Nostr relays. */
import { join } from 'bare-path'

import { HypertunaError } from '../protocol/errors.ts'
import type { Log } from './log.ts'
import type { EventIndex } from './relays/event-index.ts'
import type { Group } from './relays/group.ts'
import { SLOT } from './serve/capability.ts'
import { LocalServer } from './serve/local-server.ts'
import { NostrSocket } from './serve/nostr-socket.ts'
import type { Parts } from './parts.ts'

/** How often faces are given new links, in ms: before those to private groups expire. */
const RENEW_LINKS = SLOT * 1000

export interface LocalServicesOptions {
  parts: Pick<Parts, 'relays' | 'files' | 'drive' | 'uploads' | 'said'>
  storage: string
  version: string
  /** 0 for any free one. */
  port: number
  log: Log
}

export class LocalServices {
  readonly nostr: NostrSocket
  readonly #local: LocalServer
  readonly #parts: LocalServicesOptions['parts']
  #renewal: ReturnType<typeof setInterval> | null = null
  #isOpen = false

  constructor({ parts, storage, version, port, log }: LocalServicesOptions) {
    const { relays, files, drive, uploads, said } = parts
    this.#parts = parts
    this.nostr = new NostrSocket({ indexes: join(storage, 'index'), version, log })
    this.nostr.on('index', (group, index) => said.use(group as Group, index as EventIndex))
    this.#local = new LocalServer({
      port,
      find: (publicIdentifier) => {
        const group = relays.findByIdentifier(publicIdentifier)
        return group === null ? null : (files.find(group.relay.relayKey)?.records ?? null)
      },
      all: () =>
        [...relays.groups.values()].flatMap(
          ({ relay }) => files.find(relay.relayKey)?.records ?? []
        ),
      drive,
      uploads,
      nostr: this.nostr,
      log
    })
  }

  /** Of the loopback server; 0 while it is not up. */
  get port(): number {
    return this.#isOpen ? this.#local.port : 0
  }

  capabilityFor(relayKey: string): string {
    return this.#isOpen ? this.#local.capabilityFor(relayKey) : ''
  }

  /**
   * Without its port the worker still works: faces then have no media of their own, and
   * gateways still carry Nostr clients to it.
   * @returns why there is no port, or null
   */
  async open(): Promise<HypertunaError | null> {
    try {
      await this.#local.ready()
    } catch (err) {
      return HypertunaError.from(err, 'PORT_IN_USE')
    }
    this.#isOpen = true
    this.#renewal = setInterval(() => this.#parts.files.linksChanged(), RENEW_LINKS)
    return null
  }

  /** Serves a group from now on; its index is opened in the background, once `begin` was called. */
  add(group: Group): void {
    void this.nostr.add(group)
  }

  /** To be called when what people wait for is there. */
  begin(): void {
    this.nostr.begin()
  }

  remove(relayKey: string): Promise<void> {
    return this.nostr.remove(relayKey)
  }

  async close(): Promise<void> {
    if (this.#renewal !== null) clearInterval(this.#renewal)
    await this.nostr.close() // before the server, which waits for its connections
    if (this.#isOpen) await this.#local.close()
    this.#isOpen = false
  }
}
