import { memo } from 'react'
import type { ConversationEvent, SharedFile } from '../../../protocol/rpc/generated/types.ts'
import { formatClock, formatMoment } from '../format.ts'
import { kindOf } from '../intake/kinds.ts'
import { Words } from '../parts/words.tsx'
import { Avatar } from '../parts/names.tsx'
import { FileCard } from './file-card.tsx'
import { MessageMenu, type MessageRights } from './message-menu.tsx'
import type { Reaction } from './conversation-facts.ts'
import { placeOf } from './pinned.tsx'
import { Quote } from './quote.tsx'
import { AddReaction, Reactions } from './reactions.tsx'

interface MessageProps extends MessageRights {
  relayKey: string
  event: ConversationEvent
  /** Whether it starts with who wrote it, or goes on from the message above */
  head: boolean
  name: string
  own: boolean
  pinned: boolean
  reactions: readonly Reaction[]
  /** The event that it answers */
  reply: string | null
  /** That event, where it is at hand */
  quoted: ConversationEvent | undefined
}

export const Message = memo(function Message(props: MessageProps) {
  const { relayKey, event, head, name, reactions, reply, writes } = props
  const pictures = event.files.filter(isSeen)
  const others = event.files.filter((file) => !isSeen(file))
  return (
    <li className={head ? 'message head' : 'message'} id={placeOf(event.id)} tabIndex={-1}>
      {head ? (
        <Avatar seed={event.pubkey} name={name} />
      ) : (
        <Clock at={event.createdAt} className='message-clock' />
      )}
      <div className='message-body'>
        {head ? (
          <p className='message-head'>
            <bdi className='message-name'>{name}</bdi>
            <Clock at={event.createdAt} />
          </p>
        ) : (
          <span className='hidden-text'>{name}</span>
        )}
        {reply !== null && <Quote relayKey={relayKey} id={reply} known={props.quoted} />}
        {event.content !== '' && <Words words={event.content} />}
        {pictures.length > 0 && (
          <div className={pictures.length > 1 ? 'pictures several' : 'pictures'}>
            {pictures.map((file) => (
              <FileCard key={file.hash} relayKey={relayKey} file={file} />
            ))}
          </div>
        )}
        {others.map((file) => (
          <FileCard key={file.hash} relayKey={relayKey} file={file} />
        ))}
        <Reactions relayKey={relayKey} eventId={event.id} reactions={reactions} writes={writes} />
      </div>
      <div className='more-place'>
        {writes && (
          <AddReaction relayKey={relayKey} eventId={event.id} name={name} reactions={reactions} />
        )}
        <MessageMenu {...props} />
      </div>
    </li>
  )
})

/** @param at seconds since 1970 */
function Clock({ at, className }: { at: number; className?: string }) {
  return (
    <time
      className={className}
      dateTime={new Date(at * 1000).toISOString()}
      title={formatMoment(at)}
    >
      {formatClock(at)}
    </time>
  )
}

/** Photos and films of one message are one grid. */
function isSeen({ mime }: SharedFile): boolean {
  const kind = kindOf(mime)
  return kind === 'image' || kind === 'video'
}
