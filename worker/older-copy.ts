/**
 * Looks, before the drive is written, whether the storage is an older copy of itself: a
 * machine or a file system that was put back. Then others have more of the drive than is
 * here, or more of what we said in a group, which tells the same: both lie in one store.
 *
 * The drive then goes on as a new fork, which readers follow; what the groups' records
 * name and is not here any more is fetched like anything else.
 */
import { HypertunaError } from '../protocol/errors.ts'
import type { Drive } from './files/drive.ts'
import type { Log } from './log.ts'
import type { Network } from './network/network.ts'
import { askCopies, copiesOf } from './own-core.ts'
import type { Group } from './relays/group.ts'
import type { Relays } from './relays/relays.ts'

/** How long the copies of the drive are asked for at most, in ms; of groups it is the same. */
const PATIENCE = 3_000
/** How often it is looked later whether somebody comes who has more, in ms. */
const LOOK = 5_000

export interface OlderCopyOptions {
  drive: Drive
  relays: Relays
  network: Pick<Network, 'isQuiet'>
  log: Log
  /** Everything is to be opened anew: there is more than it was opened with. */
  reopen(): void
  onfailure(err: HypertunaError): void
}

export class OlderCopy {
  readonly #options: OlderCopyOptions
  readonly #closed = Promise.withResolvers<void>()
  #looking: ReturnType<typeof setInterval> | null = null
  #work: Promise<void> = Promise.resolve()
  #isClosing = false

  constructor(options: OlderCopyOptions) {
    this.#options = options
  }

  /** Looks, and lets the drive be written then. Once the groups are open. */
  begin(): void {
    this.#soon(() => this.#begin())
    const { relays } = this.#options
    for (const group of relays.groups.values()) this.#follow(group)
    relays.on('group', (group) => this.#follow(group as Group))
  }

  async close(): Promise<void> {
    this.#isClosing = true
    this.#closed.resolve()
    this.#options.drive.begin(false) // whoever waits to write is not to wait for ever
    if (this.#looking !== null) clearInterval(this.#looking)
    await this.#work
  }

  async #begin(): Promise<void> {
    const { drive, relays, network } = this.#options
    const groups = [...relays.groups.values()].map(({ relay }) => relay)
    let isOver = groups.length === 0
    const copies = drive.cores.map((core) =>
      askCopies(
        core,
        PATIENCE,
        () => isOver || this.#isClosing,
        () => network.isQuiet && groups.every((relay) => relay.isAlone)
      )
    )
    const asked = Promise.all(groups.map(async (relay) => ((await relay.wasBehind) ? relay : null)))
    const behind = (await Promise.race([asked, this.#closed.promise])) ?? []
    isOver = true
    const ahead = (await Promise.all(copies)).some((copy) => copy.ahead !== null)
    if (this.#isClosing) return
    if (ahead || behind.some((relay) => relay !== null)) await this.#fork()
    for (const relay of behind) await relay?.catchUp() // which says `behind`, and all is opened anew
    if (this.#isClosing) return
    drive.begin()
    this.#looking = setInterval(() => this.#look(), LOOK)
  }

  /** Somebody may come late, who has more than there was when writing began. */
  #look(): void {
    if (this.#options.drive.cores.some((core) => copiesOf(core).ahead !== null)) {
      this.#soon(() => this.#fork())
    }
  }

  #follow({ relay }: Group): void {
    relay.on('behind', () =>
      this.#soon(async () => {
        await this.#fork()
        this.#options.reopen()
      })
    )
  }

  async #fork(): Promise<void> {
    const { drive, log } = this.#options
    if (this.#isClosing) return
    const forks = drive.cores.map((core) => copiesOf(core).ahead?.fork ?? core.fork)
    await drive.forkFrom(Math.max(...forks))
    log('older-copy', { version: drive.version })
  }

  #soon(work: () => Promise<void>): void {
    this.#work = this.#work.then(work).catch((err: unknown) => {
      if (!this.#isClosing) this.#options.onfailure(HypertunaError.from(err, 'STORAGE_FAILED'))
    })
  }
}
