import { HypertunaError, type ErrorCode } from '../protocol/errors.ts'
import { isHex32, parsePublicIdentifier } from '../protocol/ids.ts'

interface Rule {
  code: ErrorCode
  reason: string
}

const CODES: Readonly<Record<string, ErrorCode>> = {
  '403': 'FORBIDDEN',
  '410': 'DELETED',
  '451': 'BLOCKED'
}
const REASONS: Readonly<Record<string, string>> = {
  '403': 'This gateway does not serve it',
  '410': 'It is no longer served here',
  '451': 'It is not served here for legal reasons'
}
const MAX_REASON = 200

/**
 * What the operator lets be served and what not: relays, and files by their hash.
 * One line each of the rules file:
 *
 *     block <hash> [403|410|451] [reason]
 *     deny <npub1…:alias> [403|410|451] [reason]
 *     allow <npub1…:alias>
 *     purge <hash>
 *
 * With a single `allow` every relay that has none is refused.
 */
export class Rules {
  /** Files whose copies go, with the line that says so: the same line purges once in a run. */
  readonly purges: ReadonlyMap<string, string>
  readonly #files: ReadonlyMap<string, Rule>
  readonly #relays: ReadonlyMap<string, Rule>
  readonly #allowed: ReadonlySet<string>

  /**
   * @param text - the rules file; '' for none
   * @param allowed - further relays that may be asked for
   * @throws {HypertunaError} BAD_CONFIG, naming the line
   */
  constructor(text = '', allowed: readonly string[] = []) {
    const [files, relays] = [new Map<string, Rule>(), new Map<string, Rule>()]
    const [allow, purges] = [new Set(allowed), new Map<string, string>()]
    for (const [number, line] of text.split('\n').entries()) {
      const words = line.trim().split(/\s+/)
      const [verb = '', name = '', ...rest] = words
      if (verb === '' || verb.startsWith('#')) continue
      const at = `line ${number + 1} of the rules`
      if (verb === 'block' || verb === 'purge') {
        if (!isHex32(name)) throw wrong(at, `wants a file's hash, not ${name}`)
        purges.set(name, line)
        if (verb === 'block') files.set(name, ruleOf(rest, '410'))
      } else if (verb === 'deny') relays.set(relayOf(at, name), ruleOf(rest, '403'))
      else if (verb === 'allow') allow.add(relayOf(at, name))
      else throw wrong(at, `begins with ${verb}, not with block, purge, deny or allow`)
    }
    this.#files = files
    this.#relays = relays
    this.#allowed = allow
    this.purges = purges
  }

  /** How many files and relays are refused by name. */
  get counts(): { files: number; relays: number } {
    return { files: this.#files.size, relays: this.#relays.size }
  }

  /** Relays that may be asked for; null for any. */
  get allowed(): readonly string[] | null {
    return this.#allowed.size === 0 ? null : [...this.#allowed]
  }

  /**
   * Whether a file of a relay may be served. For a file alone, or a relay alone,
   * the other one is null.
   *
   * @throws {HypertunaError} FORBIDDEN, DELETED, BLOCKED
   */
  check(publicIdentifier: string | null, hash: string | null): void {
    const relay = publicIdentifier === null ? undefined : this.#relays.get(publicIdentifier)
    const rule = relay ?? (hash === null ? undefined : this.#files.get(hash))
    if (rule !== undefined) throw new HypertunaError(rule.code, rule.reason)
    if (publicIdentifier === null || this.#allowed.size === 0) return
    if (this.#allowed.has(publicIdentifier)) return
    throw new HypertunaError('FORBIDDEN', 'This gateway does not serve that relay')
  }
}

function ruleOf(words: string[], usual: string): Rule {
  const [first = ''] = words
  const status = first in CODES ? first : usual
  const given = (first in CODES ? words.slice(1) : words).join(' ').slice(0, MAX_REASON)
  const code = CODES[status] ?? 'FORBIDDEN'
  return { code, reason: given === '' ? (REASONS[status] ?? '') : given }
}

function relayOf(at: string, text: string): string {
  try {
    return parsePublicIdentifier(text).publicIdentifier
  } catch (err) {
    throw new HypertunaError('BAD_CONFIG', `${at} wants npub1…:alias, not ${text}`, { cause: err })
  }
}

function wrong(at: string, what: string): HypertunaError {
  return new HypertunaError('BAD_CONFIG', `${at} ${what}`)
}
