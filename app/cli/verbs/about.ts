/** The command line about itself: completions for shells, and the manual. */
import { HypertunaError } from '../../../protocol/errors.ts'
import { completionFor, SHELLS } from '../completion.ts'
import { manual } from '../manual.ts'
import type { Verb } from '../verb.ts'
import { VERBS } from '../verbs.ts'

export const completion: Verb = {
  name: 'completion',
  summary: 'Prints what a shell needs to complete these commands',
  description: 'For example: source <(hypertuna completion bash)',
  args: [['<shell>', SHELLS.join(', ')]],
  run({ args, out }) {
    const shell = args.shell ?? ''
    const script = completionFor(shell, VERBS)
    if (script === null) {
      throw new HypertunaError('USAGE', `Known shells are ${SHELLS.join(', ')}`)
    }
    out.result({ shell, script }, script.trimEnd().split('\n'))
    return Promise.resolve()
  }
}

export const man: Verb = {
  name: 'man',
  summary: 'Prints the manual page: hypertuna man | man -l -',
  run({ out }) {
    const page = manual(VERBS)
    out.result({ page }, page.trimEnd().split('\n'))
    return Promise.resolve()
  }
}
