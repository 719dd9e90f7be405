import { readPassphrase } from '../secret.ts'
import type { Verb } from '../verb.ts'

export const unlock: Verb = {
  name: 'unlock',
  summary: 'Opens a key that is locked with a passphrase',
  description:
    'The passphrase is asked for, and not shown; where there is no terminal it is read from\n' +
    'standard input. It is never an argument, which other programs could read.',
  flags: [['--passphrase-file [path]', 'a file with the passphrase; - for standard input']],
  whileLocked: true,
  async run({ flags, interrupted, face: open, out }) {
    const face = await open()
    // Before anybody is asked for a secret that nobody needs.
    const { locked, pubkey } = await face.first('status', {}, ({ locked, state }) => {
      return locked === true || state !== 'starting'
    })
    if (locked !== true) return out.result({ pubkey, unlocked: false }, ['It is open already'])
    const file = typeof flags.passphraseFile === 'string' ? flags.passphraseFile : null
    const passphrase = await readPassphrase(file, interrupted)
    await face.call('unlock', { passphrase })
    const now = await face.first('status', {}, ({ state }) => state !== 'starting')
    out.result({ pubkey: now.pubkey, unlocked: true }, ['Open'])
  }
}
