import { useState, type KeyboardEvent, type RefObject } from 'react'
import type { Member } from '../../../protocol/rpc/generated/types.ts'
import { plainName } from '../plain-text.ts'
import { useApp } from '../state/app.ts'
import type { People } from '../state/people.ts'
import { begunName } from './mention-text.ts'
import { rank } from './ranking.ts'

const MOST_SHOWN = 6

interface Mentions {
  /** Whom the name that is being written may mean */
  members: Member[]
  marked: number
  mark: (index: number) => void
  take: (member: Member) => void
  /** Follows the caret */
  look: () => void
  /** Whether a key was for the list */
  onkey: (event: KeyboardEvent) => boolean
}

/** Completes names after an @ in a message's words. */
export function useMentions(
  relayKey: string,
  people: People,
  field: RefObject<HTMLTextAreaElement | null>
): Mentions {
  const app = useApp()
  const [begun, setBegun] = useState<string | null>(null)
  const [marked, mark] = useState(0)
  const others = people.members.flatMap((member) => {
    const label = plainName(member.name ?? '')
    return label === '' || member.pubkey === people.self ? [] : [{ label, member }]
  })
  const fitting = begun === null ? [] : rank(others, begun).slice(0, MOST_SHOWN)
  const members = fitting.map(({ member }) => member)

  const look = () => {
    const { current } = field
    setBegun(current && begunName(current.value, current.selectionStart))
    mark(0)
  }
  const take = (member: Member) => {
    const { current } = field
    if (current === null || begun === null) return
    const caret = current.selectionStart
    const name = plainName(member.name ?? '')
    const before = `${current.value.slice(0, caret - begun.length)}${name} `
    const { mentioned } = app.drafts.of(relayKey).get()
    const { pubkey } = member
    app.drafts.change(relayKey, {
      words: before + current.value.slice(caret),
      mentioned: [...mentioned.filter((known) => known.name !== name), { pubkey, name }]
    })
    setBegun(null)
    requestAnimationFrame(() => current.setSelectionRange(before.length, before.length))
  }
  const onkey = (event: KeyboardEvent): boolean => {
    if (members.length === 0 || event.nativeEvent.isComposing) return false
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    const chosen = members[marked]
    if (step !== undefined) mark((marked + step + members.length) % members.length)
    else if (event.key === 'Escape') setBegun(null)
    else if ((event.key === 'Enter' || event.key === 'Tab') && chosen) take(chosen)
    else return false
    event.preventDefault()
    event.stopPropagation()
    return true
  }
  return { members, marked, mark, take, look, onkey }
}
