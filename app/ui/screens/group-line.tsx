import { GridListItem } from 'react-aria-components'
import type { Relay } from '../../../protocol/rpc/generated/types.ts'
import { formatWhen } from '../format.ts'
import { AttachIcon } from '../parts/icons.tsx'
import { Avatar } from '../parts/names.tsx'
import { plainName } from '../plain-text.ts'
import { useLive } from '../session/store.ts'
import { useApp, useStatus } from '../state/app.ts'
import { endOf, isShutOut } from '../state/standing.ts'
import { copy } from '../strings.ts'
import { RequestCount } from './group.tsx'
import { lastLine, type LastLine } from './last-words.ts'

/** One group in the list: its name, when something was last said and what, and how much is new. */
export function GroupLine({ id, relay }: { id: string; relay: Relay }) {
  const self = useStatus().value?.pubkey ?? null
  const isNew = useNew(relay)
  const name = plainName(relay.name)
  const state = stateWords(relay)
  const last = state === null ? lastLine(relay, self) : null
  const quiet = state ?? copy.group.online(relay.online, relay.members)
  const said = last === null ? quiet : spoken(last)
  const label = [name, isNew ? newWords(relay) : '', said].filter((words) => words !== '')
  return (
    <GridListItem id={id} textValue={label.join(', ')} className='group-item'>
      <Avatar seed={relay.relayKey} name={relay.name} shape='square' />
      <span className='group-item-words'>
        <span className='group-item-line'>
          <bdi>{name}</bdi>
          {relay.lastEventAt > 0 && <time>{formatWhen(relay.lastEventAt)}</time>}
        </span>
        <span className='group-item-line'>
          {last === null ? <small>{quiet}</small> : <LastWords last={last} />}
          <span className='unread-marks'>
            {isNew && <Unread relay={relay} />}
            <RequestCount relay={relay} />
          </span>
        </span>
      </span>
    </GridListItem>
  )
}

/** Each part has a direction of its own: what a member writes turns nothing else around. */
function LastWords({ last: { shortBy, words, files } }: { last: LastLine }) {
  return (
    <small className='last-said'>
      {shortBy !== null && <bdi className='last-by'>{copy.last.by(shortBy)}</bdi>}
      {files && <AttachIcon size={12} />}
      <span className='last-words' dir='auto'>
        {words}
      </span>
    </small>
  )
}

const spoken = ({ by, words }: LastLine): string =>
  by === null ? words : `${copy.last.by(by)} ${words}`

/** Whether something was said since the group was last looked at; not while it is. */
function useNew({ relayKey, unread }: Relay): boolean {
  const app = useApp()
  const route = useLive(app.router.route)
  const away = useLive(app.away)
  const seen = route.relayKey === relayKey && route.view === 'conversation' && !away
  return Boolean(unread) && !seen
}

function newWords({ unread, mentions }: Relay): string {
  const words = copy.unread.messages(unread ?? 0)
  return mentions ? `${words}. ${copy.unread.mentions(mentions)}` : words
}

function Unread({ relay }: { relay: Relay }) {
  const words = newWords(relay)
  return (
    <span className='unread-marks' title={words}>
      {Boolean(relay.mentions) && (
        <span className='unread mention' aria-hidden='true'>
          @
        </span>
      )}
      <span className='unread' aria-hidden='true'>
        {copy.unread.short(relay.unread ?? 0)}
      </span>
      <span className='hidden-text'>{` ${words}`}</span>
    </span>
  )
}

/** How it stands with us, where that is more than what was said; null where all is well. */
function stateWords(relay: Relay): string | null {
  const end = endOf(relay)
  if (end !== null) return copy.ended.short[end]
  if (isShutOut(relay)) return copy.shutOut.short
  return relay.state === 'joining' ? copy.frame.joiningGroup : null
}
