/** The commands as paparam knows them, and what of a command line it makes out. */
import { arg, bail, command, description, flag, footer, header, rest, summary } from 'paparam'
import type { Bail, Command } from 'paparam'

import { HypertunaError } from '../../protocol/errors.ts'
import { VERSION } from '../../protocol/version.ts'
import { knownFlags, split } from './split.ts'
import type { GivenFlag } from './split.ts'
import { COMMON } from './verb.ts'
import type { Verb } from './verb.ts'

export const SUMMARY = 'Groups that own their conversations and files'

export interface Parsed {
  verb: Verb
  args: Record<string, string | undefined>
  flags: Record<string, string | boolean | undefined>
  rest: string[]
}

/** The names that stand for more than one command, and what those have in common. */
const KINDS: Record<string, string> = {
  relay: 'Groups: make, list, invite, join, leave',
  folder: 'Folders that are kept in step with a group'
}

/** What stands beside every command. */
const GENERAL = ['--help|-h', '--version|-V']

/**
 * @returns the command, or the text that was asked for instead
 * @throws USAGE, saying what is wrong
 */
export function parse(argv: string[], verbs: readonly Verb[]): Parsed | string {
  const known = knownFlags([...GENERAL, ...verbs.flatMap(flagsOf), ...COMMON.map(([spec]) => spec)])
  const { words, flags } = split(argv, known)
  const has = (name: string): boolean => flags.some(({ long }) => long === name)
  const commands = new Map<Command, Verb>()
  let wrong: Bail | null = null
  const root = command(
    'hypertuna',
    header(SUMMARY),
    footer('Exit codes: 0 done, 1 failed, 2 not understood. More: hypertuna man'),
    flag('--version|-V', 'Show which Hypertuna this is'),
    bail((reason: Bail) => (wrong = reason)),
    ...branches(verbs, commands)
  )
  if (has('--version')) return `hypertuna ${VERSION}`
  if (words[0] === 'help') return helpFor(root, words.slice(1), verbs)
  if (words.length === 0 || has('--help')) return helpFor(root, words, verbs)
  const verb = verbOf(words, verbs)
  if (verb === null) return helpFor(root, words, verbs)
  const depth = verb.name.split(' ').length
  const given = root.parse(encoded(verb, words.slice(depth), flags), { run: false, silent: true })
  if (wrong !== null || given === null) throw reasonOf(wrong, verb, words.slice(depth))
  const word = (held: string | undefined): string | undefined =>
    held === undefined ? undefined : words[depth + Number(held.slice(1))]
  return {
    verb,
    args: mapped(given.args, word),
    flags: mapped(given.flags, (held) =>
      typeof held === 'string' ? (flags[Number(held.slice(1))]?.value ?? undefined) : held
    ),
    rest: Object.values(given.rest ?? {})
      .flat()
      .map((held) => word(held) ?? '')
  }
}

/** The command that a command line begins with, as far as there is one: `relay create`. */
export function verbOf(
  [first = '', second]: readonly string[],
  verbs: readonly Verb[]
): Verb | null {
  const both = `${first} ${second}`
  return verbs.find(({ name }) => name === both) ?? verbs.find(({ name }) => name === first) ?? null
}

/** Numbers in place of words and values: paparam judges how many there are, and which flags. */
function encoded(verb: Verb, words: readonly string[], flags: readonly GivenFlag[]): string[] {
  return [
    ...verb.name.split(' '),
    ...flags.map(({ long, value }, i) => (value === null ? long : `${long}=v${i}`)),
    ...words.map((_, i) => `w${i}`)
  ]
}

const flagsOf = ({ flags = [] }: Verb): string[] => flags.map(([spec]) => spec)

function mapped<From, To>(
  record: Record<string, From>,
  map: (value: From) => To
): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]))
}

function branches(verbs: readonly Verb[], commands: Map<Command, Verb>): Command[] {
  const made = new Map<string, Command[]>()
  const top: (Command | string)[] = []
  for (const verb of verbs) {
    const [first = '', second] = verb.name.split(' ')
    const leaf = makeCommand(second ?? first, verb)
    commands.set(leaf, verb)
    if (second === undefined) {
      top.push(leaf)
      continue
    }
    if (!made.has(first)) top.push(first)
    made.set(first, [...(made.get(first) ?? []), leaf])
  }
  return top.map((entry) => {
    if (typeof entry !== 'string') return entry
    return command(entry, summary(KINDS[entry] ?? ''), ...(made.get(entry) ?? []))
  })
}

function makeCommand(name: string, verb: Verb): Command {
  const parts = [
    summary(verb.summary),
    ...(verb.description === undefined ? [] : [description(verb.description)]),
    ...(verb.args ?? []).map(([spec, text]) => arg(spec, text)),
    ...(verb.rest === undefined ? [] : [rest(...verb.rest)]),
    ...[...(verb.flags ?? []), ...COMMON].map(([spec, text]) => flag(spec, text))
  ]
  return command(name, ...parts)
}

/** @throws USAGE when there is no such command */
function helpFor(root: Command, words: readonly string[], verbs: readonly Verb[]): string {
  const [first, second] = words
  if (first === undefined) return root.help()
  const verb = verbOf(words, verbs)
  if (verb !== null) return root.help(...verb.name.split(' '))
  const isKind = verbs.some(({ name }) => name.startsWith(`${first} `))
  if (isKind && second === undefined) return root.help(first)
  throw usage(`there is no command "${isKind ? `${first} ${second}` : first}"`)
}

function reasonOf(bail: Bail | null, { name }: Verb, words: readonly string[]): HypertunaError {
  const { reason, flag: wrongFlag, arg: wrongArg } = bail ?? { reason: '', flag: null, arg: null }
  if (reason === 'MISSING_ARG') return usage(`${name}: still wanted: ${wrongArg?.value ?? ''}`)
  if (wrongFlag !== null) return usage(`${name} takes no --${wrongFlag.name}`)
  const extra = (wrongArg?.value ?? '').split(' ').map((held) => words[Number(held.slice(1))])
  return usage(`${name}: more words than it takes: ${extra.join(' ')}`)
}

const usage = (message: string): HypertunaError => new HypertunaError('USAGE', message)
