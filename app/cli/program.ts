/** The commands as paparam knows them, and what of a command line it makes out. */
import { arg, bail, command, description, flag, footer, header, rest, summary } from 'paparam'
import type { Bail, Command } from 'paparam'

import { HypertunaError } from '../../protocol/errors.ts'
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

/**
 * @returns the command, or the text of a help that was asked for
 * @throws USAGE, saying what is wrong
 */
export function parse(argv: string[], verbs: readonly Verb[]): Parsed | string {
  const commands = new Map<Command, Verb>()
  let wrong: Bail | null = null
  const root = command(
    'hypertuna',
    header(SUMMARY),
    footer('Exit codes: 0 done, 1 failed, 2 not understood. More: man hypertuna'),
    bail((reason: Bail) => (wrong = reason)),
    ...branches(verbs, commands)
  )
  const names = argv.filter((word) => !word.startsWith('-'))
  if (argv.length === 0) return root.help()
  if (argv.some((word) => word === '--help' || word === '-h')) return helpFor(root, names, verbs)
  const given = root.parse(flagsFirst(argv, verbs), { run: false, silent: true })
  if (wrong !== null) throw new HypertunaError('USAGE', reasonOf(wrong))
  const verb = given === null ? undefined : commands.get(given)
  if (given === null || verb === undefined) return helpFor(root, names, verbs)
  const { args, flags } = given
  return { verb, args, flags, rest: Object.values(given.rest ?? {}).flat() }
}

/**
 * What comes after the arguments is paparam's rest, flags and all: of a command with
 * a rest, flags are put before it, up to a `--`.
 */
function flagsFirst(argv: string[], verbs: readonly Verb[]): string[] {
  const verb = verbs.find(({ name, rest: words }) => words !== undefined && name === argv[0])
  if (verb === undefined) return argv
  const valued = [...(verb.flags ?? []), ...COMMON]
    .filter(([spec]) => spec.includes('['))
    .flatMap(([spec]) => spec.split(' ')[0]!.split('|'))
  const [flags, words]: [string[], string[]] = [[], []]
  for (let at = 1; at < argv.length; at++) {
    const word = argv[at] ?? ''
    if (word === '--') {
      words.push(...argv.slice(at + 1))
      break
    }
    if (!/^-./.test(word)) words.push(word)
    else flags.push(word, ...(valued.includes(word) ? argv.slice(++at, at + 1) : []))
  }
  return [verb.name, ...flags, ...words]
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

function helpFor(root: Command, names: string[], verbs: readonly Verb[]): string {
  const [first = '', second = ''] = names
  const both = `${first} ${second}`
  if (verbs.some(({ name }) => name === both)) return root.help(first, second)
  const known = verbs.some(({ name }) => name === first || name.startsWith(`${first} `))
  return known ? root.help(first) : root.help()
}

const REASONS: Record<string, string> = {
  UNKNOWN_FLAG: 'unknown flag',
  UNKNOWN_ARG: 'unknown word',
  MISSING_ARG: 'still wanted:',
  INVALID_FLAG: 'not right:',
  MISSING_FLAG: 'needs a value:'
}

function reasonOf({ reason, flag: wrongFlag, arg: wrongArg, value }: Bail): string {
  const what = wrongFlag === null ? (wrongArg?.value ?? value ?? '') : `--${wrongFlag.name}`
  return `${REASONS[reason] ?? reason} ${what}`.trim()
}
