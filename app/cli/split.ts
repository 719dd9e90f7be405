/**
 * A command line as words and flags, wherever they stand. paparam takes an empty word,
 * or one that begins with a dash, for something else than the word that it is.
 */
import { HypertunaError } from '../../protocol/errors.ts'

/** What is known of a flag, however it is written. */
export interface KnownFlag {
  /** Its long name, with both dashes. */
  long: string
  takesValue: boolean
}

export interface GivenFlag extends KnownFlag {
  /** Null where none is taken. */
  value: string | null
}

export interface SplitLine {
  words: string[]
  flags: GivenFlag[]
}

/** Flags whose value is text that may as well be nothing. */
const MAY_BE_EMPTY = ['--message', '--about', '--reason', '--prefix']

/** @param specs as paparam has them: `--long|-l [value]` */
export function knownFlags(specs: readonly string[]): Map<string, KnownFlag> {
  const known = new Map<string, KnownFlag>()
  for (const spec of specs) {
    const [names = '', value] = spec.split(' ')
    const [long = '', short] = names.split('|')
    const flag = { long, takesValue: value !== undefined }
    known.set(long, flag)
    if (short !== undefined) known.set(short, flag)
  }
  return known
}

/**
 * All that follows `--` is words, and so is a single dash. A value stands behind its
 * flag or after `=`.
 * @throws USAGE, naming the flag
 */
export function split(argv: readonly string[], known: ReadonlyMap<string, KnownFlag>): SplitLine {
  const line: SplitLine = { words: [], flags: [] }
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? ''
    if (word === '--') {
      line.words.push(...argv.slice(at + 1))
      break
    }
    if (!word.startsWith('-') || word === '-') line.words.push(word)
    else if (word.startsWith('--')) at += long(word, argv[at + 1], known, line)
    else at += short(word, argv[at + 1], known, line)
  }
  return line
}

/** @returns how many of the following words were taken */
function long(
  word: string,
  next: string | undefined,
  known: ReadonlyMap<string, KnownFlag>,
  line: SplitLine
): number {
  const equals = word.indexOf('=')
  const name = equals === -1 ? word : word.slice(0, equals)
  const flag = find(name, known)
  if (!flag.takesValue) {
    if (equals !== -1) throw usage(`${name} takes no value`)
    line.flags.push({ ...flag, value: null })
    return 0
  }
  const value = equals === -1 ? next : word.slice(equals + 1)
  line.flags.push({ ...flag, value: checked(name, value, equals !== -1) })
  return equals === -1 ? 1 : 0
}

/** `-f`, `-o path`, `-opath`, or several together. */
function short(
  word: string,
  next: string | undefined,
  known: ReadonlyMap<string, KnownFlag>,
  line: SplitLine
): number {
  for (let at = 1; at < word.length; at++) {
    const name = `-${word[at]}`
    const flag = find(name, known)
    if (!flag.takesValue) {
      line.flags.push({ ...flag, value: null })
      continue
    }
    const joined = word.slice(at + 1)
    line.flags.push({ ...flag, value: checked(name, joined || next, joined !== '') })
    return joined === '' ? 1 : 0
  }
  return 0
}

function find(name: string, known: ReadonlyMap<string, KnownFlag>): KnownFlag {
  const flag = known.get(name)
  if (flag !== undefined) return flag
  throw usage(`there is no flag ${name}; a word that begins with a dash goes after --`)
}

function checked(name: string, value: string | undefined, joined: boolean): string {
  const empty = MAY_BE_EMPTY.includes(name) || name === '-m'
  if (value === undefined || (value === '' && !empty)) throw usage(`${name} needs a value`)
  if (joined || !value.startsWith('--')) return value
  throw usage(`${name} needs a value; one that begins with -- is written ${name}=${value}`)
}

const usage = (message: string): HypertunaError => new HypertunaError('USAGE', message)
