/** Scripts by which shells complete commands and flags, from the same list as the help. */
import { COMMON } from './verb.ts'
import type { Verb } from './verb.ts'

export const SHELLS = ['bash', 'zsh', 'fish'] as const

/** @returns null for a shell that is not known */
export function completionFor(shell: string, verbs: readonly Verb[]): string | null {
  if (shell === 'bash') return bash(verbs)
  // zsh reads bash's completions when it is told to.
  if (shell === 'zsh') return `autoload -U +X bashcompinit && bashcompinit\n${bash(verbs)}`
  return shell === 'fish' ? fish(verbs) : null
}

function bash(verbs: readonly Verb[]): string {
  const seconds = [...new Set(verbs.filter(isDouble).map(({ name }) => firstOf(name)))]
  const cases = [
    ...seconds.map((first) => `    ${first}) words="${secondsOf(first, verbs).join(' ')}" ;;`),
    ...verbs.map(({ name, flags = [] }) => {
      const all = [...flags, ...COMMON].map(([spec]) => longOf(spec))
      return `    "${name}") words="${all.join(' ')}" ;;`
    })
  ]
  return `_hypertuna() {
  local word="\${COMP_WORDS[COMP_CWORD]}" command="\${COMP_WORDS[1]}" words=""
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${topOf(verbs).join(' ')}" -- "$word")); return
  fi
  case " ${seconds.join(' ')} " in
    *" $command "*) [ "$COMP_CWORD" -gt 2 ] && command="$command \${COMP_WORDS[2]}" ;;
  esac
  case "$command" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
  case "$word" in -*) ;; *) COMPREPLY+=($(compgen -f -- "$word")) ;; esac
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
  for (const verb of verbs) {
    const [first = '', second] = verb.name.split(' ')
    const seen = `__fish_seen_subcommand_from ${first}`
    const when = second === undefined ? seen : `${seen}; and __fish_seen_subcommand_from ${second}`
    if (second !== undefined) {
      lines.push(`complete -c hypertuna -n '${seen}' -f -a ${second} -d ${quoted(verb.summary)}`)
    }
    for (const [spec, text] of [...(verb.flags ?? []), ...COMMON]) {
      const value = spec.includes('[') ? ' -r' : ''
      lines.push(
        `complete -c hypertuna -n '${when}' -l ${longOf(spec).slice(2)}${value} -d ${quoted(text)}`
      )
    }
  }
  return lines.join('\n') + '\n'
}

const firstOf = (name: string): string => name.split(' ')[0] ?? ''
const isDouble = ({ name }: Verb): boolean => name.includes(' ')
const topOf = (verbs: readonly Verb[]): string[] => [
  ...new Set(verbs.map(({ name }) => firstOf(name)))
]
const secondsOf = (first: string, verbs: readonly Verb[]): string[] =>
  verbs.filter(({ name }) => name.startsWith(`${first} `)).map(({ name }) => name.split(' ')[1]!)

/** `--long` of `--long|-l [value]`. */
const longOf = (spec: string): string => /^--[a-z-]+/.exec(spec)?.[0] ?? ''

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
