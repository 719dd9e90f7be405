import 'bare-abort-controller/global'
import { HypertunaError, type ErrorCode } from '../../protocol/errors.ts'
import type { Signal } from '../../protocol/file-channel/channel.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import type { FileClient } from '../file-client.ts'
import type { GatewayLimits } from '../limits.ts'
import type { Peers } from '../peers.ts'
import { abortReason } from '../wait.ts'

/** Files whose relay is remembered. */
const MAX_HINTS = 4096
/** Relays that are asked for one file. */
const MAX_ASKED = 64

/** Of what the relays say, what counts most; nobody has it only if all of them said so. */
const VERDICTS: readonly ErrorCode[] = ['UNAUTHORIZED', 'FORBIDDEN', 'BLOCKED', 'DELETED']

interface Options {
  files: FileClient
  peers: Peers
  /** Relays that this gateway was given. */
  given: () => readonly string[]
  limits: GatewayLimits
}

/** Where a file is, when only its hash is known: sought in the relays that this gateway serves. */
export class Finder {
  readonly #options: Options
  readonly #hints = new Map<string, string>()

  constructor(options: Options) {
    this.#options = options
  }

  /** A file was seen in a relay. */
  remember(hash: string, publicIdentifier: string): void {
    this.#hints.delete(hash)
    this.#hints.set(hash, publicIdentifier)
    for (const oldest of this.#hints.keys()) {
      if (this.#hints.size <= MAX_HINTS) break
      this.#hints.delete(oldest)
    }
  }

  /**
   * The relay that has a file: the one it was seen in, else those that were given and the
   * public ones that are joined, all at once and for a short while.
   *
   * @param authorize what the client shows; it goes to private relays alone whose members
   *   its author is one of. Throws UNAUTHORIZED, FORBIDDEN.
   * @throws {HypertunaError} NOT_IN_RELAY when all said so, DELETED, UNAUTHORIZED,
   *   NOBODY_ONLINE when some did not answer, or the signal's reason
   */
  async find(
    hash: string,
    { authorize, signal }: { authorize: () => NostrEvent; signal: Signal }
  ): Promise<string> {
    const hint = this.#hints.get(hash)
    const candidates = this.#candidates(hint)
    const stop = new AbortController()
    const onabort = (): void => stop.abort(abortReason(signal))
    signal.addEventListener('abort', onabort)
    const late = new HypertunaError('NOBODY_ONLINE', 'Not every group has answered in time')
    const timer = setTimeout(() => stop.abort(late), this.#options.limits.find)
    const errors: HypertunaError[] = []
    try {
      const found = await Promise.any(
        candidates.map(async (relay) => {
          try {
            await this.#ask(relay, hash, authorize, stop.signal)
            return relay
          } catch (err) {
            errors.push(HypertunaError.from(err))
            throw err
          }
        })
      ).catch(() => null)
      if (signal.aborted) throw abortReason(signal)
      if (found === null) throw verdict(errors)
      this.remember(hash, found)
      return found
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', onabort)
      stop.abort(new HypertunaError('CANCELLED', 'The file was found, or is sought no more'))
    }
  }

  #candidates(hint: string | undefined): string[] {
    const { given, peers } = this.#options
    const first = hint === undefined ? [] : [hint]
    return [...new Set([...first, ...given(), ...peers.joinedPublic()])].slice(0, MAX_ASKED)
  }

  async #ask(
    publicIdentifier: string,
    hash: string,
    authorize: () => NostrEvent,
    signal: Signal
  ): Promise<void> {
    const { files, peers } = this.#options
    const relay = peers.use(publicIdentifier)
    try {
      await relay.proven(signal)
      const { membership } = relay
      if (membership.isPrivate && !membership.has(authorize().pubkey)) {
        throw new HypertunaError('NOT_IN_RELAY', 'The author of the authorization is no member')
      }
      const file = await files.open(publicIdentifier, hash, { authorize, signal })
      file.close()
    } finally {
      peers.release(relay)
    }
  }
}

function verdict(errors: HypertunaError[]): HypertunaError {
  for (const code of VERDICTS) {
    const said = errors.find((error) => error.code === code)
    if (said !== undefined) return said
  }
  const silent = errors.find(({ code }) => code !== 'NOT_IN_RELAY')
  if (silent === undefined) {
    return new HypertunaError('NOT_IN_RELAY', 'No group that this gateway serves has such a file')
  }
  return new HypertunaError('NOBODY_ONLINE', 'Not every group could be asked for this file')
}
