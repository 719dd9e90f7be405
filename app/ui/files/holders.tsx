import type { FileHolder } from '../../../protocol/rpc/generated/types.ts'
import { formatMoment } from '../format.ts'
import { ClockIcon, SafeIcon, WarnIcon } from '../parts/icons.tsx'
import { Avatar } from '../parts/names.tsx'
import type { People } from '../state/people.ts'
import { copy } from '../strings.ts'

const JUST_NOW = 90

/** Who says to have a file, and what is known of it: ours first, then who is nearest. */
export function Holders({ holders, people }: { holders: readonly FileHolder[]; people: People }) {
  const sorted = [...holders].sort((a, b) => rank(b) - rank(a))
  if (sorted.length === 0) return <p className='muted'>{copy.detail.nobody}</p>
  return (
    <ul className='holders'>
      {sorted.map((holder) => (
        <Holding key={holder.driveKey} holder={holder} people={people} />
      ))}
    </ul>
  )
}

const rank = ({ ours, online, proved }: FileHolder): number =>
  Number(ours) * 4 + Number(online) * 2 + Number(proved)

function Holding({ holder, people }: { holder: FileHolder; people: People }) {
  const { pubkey, ours, online, seenAt, provedAt, failure } = holder
  const name = people.nameOf(pubkey, holder.name ?? null)
  if (ours) {
    return (
      <li className='holder'>
        <Avatar seed={pubkey} name={name} shape='small' />
        <span className='holder-words'>{copy.detail.you}</span>
      </li>
    )
  }
  const seen = seenAt ? copy.detail.seen(seenAt) : copy.detail.offline
  const title = provedAt ? formatMoment(provedAt) : undefined
  return (
    <li className='holder'>
      <Avatar seed={pubkey} name={name} shape='small' />
      <span className='holder-words'>
        <span>
          <bdi>{name}</bdi>
          <span className='muted'> · {online ? copy.detail.online : seen}</span>
        </span>
        <small
          className={failure ? 'proof bad' : holder.proved ? 'proof ok' : 'proof'}
          title={title}
        >
          {failure ? <WarnIcon size={14} /> : <ProofIcon proved={holder.proved} />}
          {proofWords(holder)}
        </small>
      </span>
    </li>
  )
}

function ProofIcon({ proved }: { proved: boolean }) {
  return proved ? <SafeIcon size={14} /> : <ClockIcon size={14} />
}

function proofWords({ proved, provedAt, failure }: FileHolder): string {
  if (failure) return copy.detail.failed[failure] ?? copy.detail.claims
  if (!proved || !provedAt) return copy.detail.claims
  const fresh = Date.now() / 1000 - provedAt < JUST_NOW
  return fresh ? copy.detail.provedNow : copy.detail.proved(provedAt)
}
