/**
 * This device's writer in a relay, which writes nothing before it knows that it has all
 * that it ever wrote: of a storage that was put back as it was some time ago, the others
 * have more. That is taken from them, and then the writer goes on where it was.
 */
import type Autobase from 'autobase'

import { HypertunaError } from '../../protocol/errors.ts'
import type { Log } from '../log.ts'
import { askCopies, copiesOf, followNobody } from '../own-core.ts'

/** How long is waited for others after the start, in ms. */
const PATIENCE = 3_000
/** How long it may take to get back what others have, in ms. */
const CATCH_UP = 20_000

export class OwnWriter {
  readonly #base: Autobase<any>
  readonly #log: Log
  readonly #isQuiet: () => boolean
  readonly #onbehind: () => void
  readonly #closing = Promise.withResolvers<void>()
  #isClosing = false
  #asked: Promise<boolean> | null = null
  #catching: Promise<void> | null = null

  /**
   * @param isQuiet whether nobody else is expected to connect
   * @param onbehind told when more is here than Autobase knows of: it is to be opened anew
   */
  constructor(base: Autobase<any>, log: Log, isQuiet: () => boolean, onbehind: () => void) {
    this.#base = base
    this.#log = log
    this.#isQuiet = isQuiet
    this.#onbehind = onbehind
    // Autobase confirms by itself what others wrote: that is written too.
    const ack = base.ack.bind(base)
    base.ack = async (inBackground) => {
      try {
        await this.whenCurrent()
      } catch {
        return // the log says it, and whoever writes is told; this is tried again anyway
      }
      if (!this.#isClosing) await ack(inBackground)
    }
  }

  /**
   * Asks the others, once, for a moment. To be called when the base is open.
   */
  begin(): void {
    const { local } = this.#base
    followNobody(local)
    if (local.length === 0 || this.#asked !== null) return
    this.#asked = askCopies(local, PATIENCE, () => this.#isClosing, this.#isQuiet).then(
      ({ ahead }) => ahead !== null && !this.#isClosing
    )
  }

  close(): void {
    this.#isClosing = true
    this.#closing.resolve()
  }

  /** Whether the storage was found to be an older copy. Resolves in a few seconds. */
  get wasBehind(): Promise<boolean> {
    return this.#asked ?? Promise.resolve(false)
  }

  /**
   * Resolves when nobody is known to have more of our words than is here.
   * @throws BUSY when it came and is about to be opened, STORAGE_CORRUPT when it does not come
   */
  async whenCurrent(): Promise<void> {
    if (this.#asked !== null) await Promise.race([this.#asked, this.#closing.promise])
    if (this.#isClosing) return
    if (this.#catching === null && copiesOf(this.#base.local).ahead === null) return
    await this.catchUp()
    throw new HypertunaError('BUSY', 'What you wrote here is being fetched: try again in a moment')
  }

  /** Fetches what others have of our words. @throws STORAGE_CORRUPT */
  async catchUp(): Promise<void> {
    this.#catching ??= this.#catchUp().catch((err: unknown) => {
      this.#catching = null
      throw err
    })
    await this.#catching
  }

  async #catchUp(): Promise<void> {
    // What Autobase counts of our nodes it counts on opening; it is not to meet more now.
    await this.#base.pause()
    // A session of our own, which downloads: Autobase's does not, as nobody else writes here.
    const local = this.#base.local.session()
    try {
      await local.ready()
      const { length } = local
      await within(local.update({ force: true, wait: true }))
      if (copiesOf(local).ahead !== null) throw older()
      // What was signed long ago nobody may have any more; then it is not needed either.
      const download = local.download({ start: length, end: local.length })
      await within(download.done()).catch(() => download.destroy())
      this.#log('writer-caught-up', { blocks: local.length - length })
    } finally {
      await local.close()
    }
    if (!this.#isClosing) this.#onbehind()
  }
}

function within<T>(work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(older()), CATCH_UP)
  })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}

const older = (): HypertunaError =>
  new HypertunaError(
    'STORAGE_CORRUPT',
    'This storage is an older copy: others have more of what you wrote in this group than is here. ' +
      'Nothing is written until they have sent it; stay online with another member'
  )
