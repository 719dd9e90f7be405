/** Scripts by which shells complete commands and flags, from the same list as the help. */
import { knownFlags } from './split.ts'
import { COMMON } from './verb.ts'
import type { Verb } from './verb.ts'

export const SHELLS = ['bash', 'zsh', 'fish'] as const

/** What may stand behind a flag, where that is a choice. */
const CHOICES: Record<string, string> = {
  '--access': 'open closed private',
  '--on-conflict': 'skip overwrite both',
  '--expires': '15m 24h 7d never'
}

/** @returns null for a shell that is not known */
export function completionFor(shell: string, verbs: readonly Verb[]): string | null {
  if (shell === 'bash') return bash(verbs)
  // zsh reads bash's completions when it is told to.
  if (shell === 'zsh') return `autoload -U +X bashcompinit && bashcompinit\n${bash(verbs)}`
  return shell === 'fish' ? fish(verbs) : null
}

/** In the words that bash and zsh share: a flag's value is no word of the command. */
function bash(verbs: readonly Verb[]): string {
  const kinds = kindsOf(verbs)
  const all = knownFlags([...verbs.flatMap(({ flags = [] }) => flags), ...COMMON].map(([s]) => s))
  const valued = [...all].filter(([, { takesValue }]) => takesValue).map(([name]) => name)
  const choices = Object.entries(CHOICES).map(([name, words]) => `    ${name}) words="${words}" ;;`)
  const cases = [
    `    "") words="${topOf(verbs).join(' ')}" ;;`,
    ...kinds.map((kind) => `    "${kind}") words="${secondsOf(kind, verbs).join(' ')}" ;;`),
    ...verbs.map(({ name, flags = [] }) => {
      const words = [...flags, ...COMMON].map(([spec]) => longOf(spec))
      if (name === 'completion') words.push(...SHELLS)
      return `    "${name}") words="${words.join(' ')}"; files=1 ;;`
    })
  ]
  return `_hypertuna() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="" command="" words="" files="" at line
  COMPREPLY=()
  for ((at = 1; at < COMP_CWORD; at++)); do
    before="\${COMP_WORDS[at]}"
    case "$before" in
      ${valued.join('|')}) at=$((at + 1)) ;;
      -*) ;;
      *) case "$command" in
        "") command="$before" ;;
        ${kinds.join('|')}) command="$command $before" ;;
      esac ;;
    esac
  done
  before="\${COMP_WORDS[COMP_CWORD-1]}"
  case "$before" in
${choices.join('\n')}
    ${valued.join('|')}) files=1 ;;
    *) case "$command" in
${cases.join('\n')}
    esac ;;
  esac
  while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -W "$words" -- "$word")
  case "$word" in -*) files="" ;; esac
  [ -n "$files" ] || return 0
  while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$word")
}
complete -o filenames -F _hypertuna hypertuna
`
}

function fish(verbs: readonly Verb[]): string {
  const lines = ['complete -c hypertuna -n __fish_use_subcommand -f']
  for (const first of topOf(verbs)) {
    const [only] = verbs.filter(({ name }) => name === first)
    const text = only === undefined ? '' : ` -d ${quoted(only.summary)}`
    lines.push(`complete -c hypertuna -n __fish_use_subcommand -a ${first}${text}`)
  }
  for (const kind of kindsOf(verbs)) {
    const seconds = secondsOf(kind, verbs).join(' ')
    const none = `__fish_seen_subcommand_from ${kind}; and not __fish_seen_subcommand_from ${seconds}`
    for (const { name, summary } of verbs.filter(({ name }) => name.startsWith(`${kind} `))) {
      const second = name.slice(kind.length + 1)
      lines.push(`complete -c hypertuna -n '${none}' -f -a ${second} -d ${quoted(summary)}`)
    }
  }
  for (const verb of verbs) {
    const seen = verb.name.split(' ').map((word) => `__fish_seen_subcommand_from ${word}`)
    const when = seen.join('; and ')
    if (verb.name === 'completion') {
      lines.push(`complete -c hypertuna -n '${when}' -f -a '${SHELLS.join(' ')}'`)
    }
    for (const [spec, text] of [...(verb.flags ?? []), ...COMMON]) {
      const name = longOf(spec)
      const choices = CHOICES[name] === undefined ? '' : ` -f -a '${CHOICES[name]}'`
      const value = spec.includes('[') ? ` -r${choices}` : ''
      const line = `complete -c hypertuna -n '${when}' -l ${name.slice(2)}${value}`
      lines.push(`${line} -d ${quoted(text)}`)
    }
  }
  return lines.join('\n') + '\n'
}

const firstOf = (name: string): string => name.split(' ')[0] ?? ''
/** First words that stand for several commands. */
const kindsOf = (verbs: readonly Verb[]): string[] => [
  ...new Set(verbs.filter(({ name }) => name.includes(' ')).map(({ name }) => firstOf(name)))
]
const topOf = (verbs: readonly Verb[]): string[] => [
  ...new Set(verbs.map(({ name }) => firstOf(name)))
]
const secondsOf = (first: string, verbs: readonly Verb[]): string[] =>
  verbs.filter(({ name }) => name.startsWith(`${first} `)).map(({ name }) => name.split(' ')[1]!)

/** `--long` of `--long|-l [value]`. */
const longOf = (spec: string): string => /^--[a-z-]+/.exec(spec)?.[0] ?? ''

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
