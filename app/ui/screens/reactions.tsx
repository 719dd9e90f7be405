import { useLayoutEffect, useRef, type KeyboardEvent, type RefObject } from 'react'
import { Button as AriaButton } from 'react-aria-components'
import { formatList, formatNumber } from '../format.ts'
import { SmileIcon } from '../parts/icons.tsx'
import { useOpenedBy } from '../parts/opened-by.ts'
import { Popup } from '../parts/popup.tsx'
import { plainName } from '../plain-text.ts'
import { useApp } from '../state/app.ts'
import { useNames } from '../state/people.ts'
import { copy } from '../strings.ts'
import type { Reaction } from './conversation-facts.ts'

const EMOJI = Object.entries(copy.reactions.emoji)
const STEPS: Record<string, number> = { ArrowRight: 1, ArrowLeft: -1 }

interface ReactionsProps {
  relayKey: string
  eventId: string
  reactions: readonly Reaction[]
  /** Whether the group takes anything from us */
  writes: boolean
}

/** What people think of a message: each a button that says it too, or takes it back. */
export function Reactions({ relayKey, eventId, reactions, writes }: ReactionsProps) {
  const toggle = useToggle(relayKey, eventId)
  const names = useNames()
  if (reactions.length === 0) return null
  return (
    <div className='reactions'>
      {reactions.map((reaction) => {
        const { content, people, own } = reaction
        const shown = formatList(people.map(({ pubkey, name }) => names(pubkey, name)))
        const emoji = plainName(content)
        return (
          <AriaButton
            key={content}
            className={own === null ? 'reaction' : 'reaction own'}
            isDisabled={!writes}
            aria-pressed={own !== null}
            onPress={() => toggle(content, own)}
          >
            <span>{emoji}</span> {formatNumber(people.length)}{' '}
            <span className='hidden-text'>{shown}</span>
          </AriaButton>
        )
      })}
    </div>
  )
}

interface AddReactionProps {
  relayKey: string
  eventId: string
  name: string
  reactions: readonly Reaction[]
}

/** A few to choose from; until it is pressed it is a plain button. */
export function AddReaction({ relayKey, eventId, name, reactions }: AddReactionProps) {
  const { button, isOpen, open, close } = useOpenedBy<HTMLButtonElement>()
  const toggle = useToggle(relayKey, eventId)
  const choose = (emoji: string) => {
    close()
    toggle(emoji, reactions.find(({ content }) => content === emoji)?.own ?? null)
  }
  return (
    <>
      <button
        ref={button}
        type='button'
        className='button icon quiet'
        aria-label={copy.reactions.add(name)}
        aria-haspopup='dialog'
        aria-expanded={isOpen}
        onClick={open}
      >
        <SmileIcon />
      </button>
      {isOpen && <Emoji button={button} onchoose={choose} onclose={close} />}
    </>
  )
}

interface EmojiProps {
  button: RefObject<HTMLButtonElement | null>
  onchoose: (emoji: string) => void
  onclose: () => void
}

function Emoji({ button, onchoose, onclose }: EmojiProps) {
  const place = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => place.current?.querySelector('button')?.focus(), [])
  // All of it is a few buttons: Tab and arrows go round them
  const onkey = (event: KeyboardEvent<HTMLDivElement>) => {
    const step = event.key === 'Tab' ? (event.shiftKey ? -1 : 1) : STEPS[event.key]
    if (step === undefined) return
    event.preventDefault()
    event.stopPropagation()
    const buttons = [...event.currentTarget.querySelectorAll('button')]
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement)
    buttons.at((at + step) % buttons.length)?.focus()
  }
  return (
    <Popup button={button} side='above' onclose={onclose}>
      <div
        ref={place}
        role='dialog'
        className='emoji'
        aria-label={copy.reactions.choose}
        onKeyDown={onkey}
      >
        {EMOJI.map(([emoji, label]) => (
          <button
            key={emoji}
            type='button'
            className='button icon quiet'
            aria-label={label}
            onClick={() => onchoose(emoji)}
          >
            {emoji}
          </button>
        ))}
      </div>
    </Popup>
  )
}

function useToggle(relayKey: string, eventId: string) {
  const app = useApp()
  return (content: string, own: string | null): void =>
    app.attempt(() =>
      own === null
        ? app.session.call('react', { relayKey, eventId, content })
        : app.session.call('deleteMessage', { relayKey, eventId: own })
    )
}
