import type { RefObject } from 'react'
import { Button as AriaButton, Dialog, Popover } from 'react-aria-components'
import { formatList, formatNumber } from '../format.ts'
import { SmileIcon } from '../parts/icons.tsx'
import { useOpenedBy } from '../parts/opened-by.ts'
import { plainName } from '../plain-text.ts'
import { useApp } from '../state/app.ts'
import { useNames } from '../state/people.ts'
import { copy } from '../strings.ts'
import type { Reaction } from './conversation-facts.ts'

const EMOJI = Object.entries(copy.reactions.emoji)

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
  return (
    <Popover
      className='popover'
      placement='top end'
      triggerRef={button}
      isOpen
      onOpenChange={(open) => !open && onclose()}
    >
      <Dialog className='emoji' aria-label={copy.reactions.choose}>
        {EMOJI.map(([emoji, label]) => (
          <AriaButton
            key={emoji}
            className='button icon quiet'
            aria-label={label}
            onPress={() => onchoose(emoji)}
          >
            {emoji}
          </AriaButton>
        ))}
      </Dialog>
    </Popover>
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
