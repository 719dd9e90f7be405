import { Avatar } from '../parts/names.tsx'
import type { Member } from '../../../protocol/rpc/generated/types.ts'
import { plainName } from '../plain-text.ts'
import { copy } from '../strings.ts'

interface MentionListProps {
  id: string
  members: readonly Member[]
  marked: number
  onmark: (index: number) => void
  ontake: (member: Member) => void
}

/** The members whose name begins as it is being written. The caret stays in the words. */
export function MentionList({ id, members, marked, onmark, ontake }: MentionListProps) {
  return (
    <ul id={id} className='mention-list' role='listbox' aria-label={copy.mentions.list}>
      {members.map((member, index) => (
        <li
          key={member.pubkey}
          id={`${id}-${index}`}
          role='option'
          aria-selected={index === marked}
          onPointerMove={() => onmark(index)}
          onPointerDown={(event) => {
            event.preventDefault() // the field keeps the focus
            ontake(member)
          }}
        >
          <Avatar seed={member.pubkey} name={member.name ?? ''} shape='small' />
          <bdi>{plainName(member.name ?? '')}</bdi>
        </li>
      ))}
    </ul>
  )
}
