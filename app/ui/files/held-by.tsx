import type { SharedFile } from '../../../protocol/rpc/generated/types.ts'
import { formatList, plural } from '../format.ts'
import type { People } from '../state/people.ts'
import { copy } from '../strings.ts'
import { useHolders } from './use-holders.ts'

/** Names that fit on a line; of more, how many */
const MOST_NAMES = 3

/** Who has a file, in a few words. */
export function HeldBy({
  relayKey,
  file,
  people
}: {
  relayKey: string
  file: SharedFile
  people: People
}) {
  const { known } = useHolders(relayKey, file)
  const others = (known?.holders ?? []).filter(({ ours, failure }) => !ours && !failure)
  const names = [...new Set(others.map(({ pubkey, name }) => people.nameOf(pubkey, name ?? null)))]
  if (names.length === 0) return null
  const shown = names.slice(0, MOST_NAMES)
  const more = names.length - shown.length
  const all = [
    ...(file.here ? [copy.preview.you] : []),
    ...shown,
    ...(more > 0 ? [plural(more, 'other', 'others')] : [])
  ]
  return <span>{copy.preview.heldBy(formatList(all))}</span>
}
