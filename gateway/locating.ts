import 'bare-abort-controller/global'
import { HypertunaError } from '../protocol/errors.ts'
import type { Signal } from '../protocol/file-channel/channel.ts'
import type { Located } from './locate.ts'
import { abortReason } from './wait.ts'

interface Search {
  found: Promise<Located>
  stop: AbortController
  waiting: number
}

/**
 * Searches under way, one for all who look for the same public file. One that nobody
 * waits for any more ends.
 */
export class Locating {
  readonly #searches = new Map<string, Search>()

  /**
   * @param name - of what is sought
   * @param seek - begins to look for it
   * @throws {HypertunaError} what the search fails with, or the signal's reason
   */
  async find(
    name: string,
    seek: (signal: Signal) => Promise<Located>,
    signal: Signal
  ): Promise<Located> {
    const search = this.#searches.get(name) ?? this.#begin(name, seek)
    search.waiting++
    let onabort = (): void => {}
    const aborted = new Promise<never>((_, reject) => {
      onabort = () => reject(abortReason(signal))
    })
    signal.addEventListener('abort', onabort)
    if (signal.aborted) onabort()
    try {
      return await Promise.race([search.found, aborted])
    } finally {
      signal.removeEventListener('abort', onabort)
      search.waiting--
      if (search.waiting === 0) {
        search.stop.abort(new HypertunaError('CANCELLED', 'Nobody looks for it any more'))
        if (this.#searches.get(name) === search) this.#searches.delete(name)
      }
    }
  }

  #begin(name: string, seek: (signal: Signal) => Promise<Located>): Search {
    const stop = new AbortController()
    const found = seek(stop.signal).finally(() => {
      if (this.#searches.get(name) === search) this.#searches.delete(name)
    })
    found.catch(() => {}) // who waits hears of it
    const search: Search = { found, stop, waiting: 0 }
    this.#searches.set(name, search)
    return search
  }
}
