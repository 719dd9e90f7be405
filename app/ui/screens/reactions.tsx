import { Button as AriaButton, Dialog, DialogTrigger, Popover } from 'react-aria-components'
import { formatList, formatNumber } from '../format.ts'
import { SmileIcon } from '../parts/icons.tsx'
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

/** A few to choose from. */
export function AddReaction({ relayKey, eventId, name, reactions }: AddReactionProps) {
  const toggle = useToggle(relayKey, eventId)
  return (
    <DialogTrigger>
      <AriaButton className='button icon quiet' aria-label={copy.reactions.add(name)}>
        <SmileIcon />
      </AriaButton>
      <Popover className='popover' placement='top end'>
        <Dialog className='emoji' aria-label={copy.reactions.choose}>
          {({ close }) =>
            EMOJI.map(([emoji, label]) => (
              <AriaButton
                key={emoji}
                className='button icon quiet'
                aria-label={label}
                onPress={() => {
                  close()
                  toggle(emoji, reactions.find(({ content }) => content === emoji)?.own ?? null)
                }}
              >
                {emoji}
              </AriaButton>
            ))
          }
        </Dialog>
      </Popover>
    </DialogTrigger>
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
