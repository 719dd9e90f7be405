/** The manual page, in roff, from the same list as the help. */
import { SUMMARY } from './program.ts'
import { COMMON } from './verb.ts'
import type { Described, Verb } from './verb.ts'

export function manual(verbs: readonly Verb[]): string {
  return [
    '.TH HYPERTUNA 1 "" "hypertuna" "User Commands"',
    '.SH NAME',
    `hypertuna \\- ${escape(SUMMARY)}`,
    '.SH SYNOPSIS',
    '.B hypertuna',
    '.I command',
    '[arguments] [flags]',
    '.SH DESCRIPTION',
    'Speaks to the worker of this computer, which the app runs, or',
    '.BR "hypertuna start" .',
    'A group is meant by its name, alias, identifier or the beginning of its key; a file by its',
    'name, path or the beginning of its hash.',
    '.SH COMMANDS',
    ...verbs.flatMap(commandLines),
    '.SH FLAGS OF EVERY COMMAND',
    ...COMMON.flatMap(describedLines),
    '.SH EXIT STATUS',
    ...[
      ['0', 'done'],
      ['1', 'failed; the reason is on standard error, with its code'],
      ['2', 'the command line was not understood'],
      ['130', 'stopped by Ctrl-C; by another signal, 128 and its number']
    ].flatMap(([code = '', text = '']) => describedLines([code, text])),
    '.SH FILES',
    ...describedLines(['~/.hypertuna/worker.sock', 'where the worker listens, for you alone']),
    ''
  ].join('\n')
}

function commandLines(verb: Verb): string[] {
  const words = [...(verb.args ?? []), ...(verb.rest === undefined ? [] : [verb.rest])]
  const usage = words.map(([spec]) => spec).join(' ')
  return [
    `.SS "hypertuna ${escape(verb.name)} ${escape(usage)}"`,
    escape(verb.summary) + '.',
    ...(verb.description ?? '').split('\n').filter(Boolean).map(escape),
    ...[...words, ...(verb.flags ?? [])].flatMap(describedLines)
  ]
}

const describedLines = ([spec, text]: Described): string[] => [
  '.TP',
  `.B "${escape(spec)}"`,
  escape(text)
]

/** Dashes that can be copied, and no line that is a command of roff. */
function escape(text: string): string {
  const safe = text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('"', '\\(dq')
  return /^[.']/.test(safe) ? `\\&${safe}` : safe
}
