import type { Relay } from '../../../protocol/rpc/generated/types.ts'
import { CopyField } from '../parts/copy-field.tsx'
import { copy } from '../strings.ts'

/** Where other people's Nostr programs find a group; nothing while it is arriving. */
export function OtherApps({ relay: { access, socket, reference } }: { relay: Relay }) {
  if (!socket || !reference) return null
  const words = copy.manage
  return (
    <details className='about'>
      <summary>{words.elsewhere}</summary>
      <p className='muted'>{words.elsewhereText[access === 'private' ? 'private' : 'public']}</p>
      <CopyField label={words.relayAddress} hint={words.relayAddressHint} text={socket} />
      <CopyField label={words.reference} hint={words.referenceHint} text={reference} />
    </details>
  )
}
