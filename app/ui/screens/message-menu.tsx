import type { ConversationEvent } from '../../../protocol/rpc/generated/types.ts'
import { formatClock } from '../format.ts'
import { CopyIcon, PinIcon, ReplyIcon, TrashIcon } from '../parts/icons.tsx'
import { MenuButton, type MenuEntry } from '../parts/menu-button.tsx'
import { useApp, type App } from '../state/app.ts'
import { useNames } from '../state/people.ts'
import { copy } from '../strings.ts'
import { readable } from './mention-text.ts'
import { wordsOf } from './quote.tsx'

export interface MessageRights {
  /** Whether we may delete and pin what others wrote */
  moderates: boolean
  /** Whether the group still takes anything from us */
  writes: boolean
}

type Names = ReturnType<typeof useNames>

interface MessageMenuProps extends MessageRights {
  relayKey: string
  event: ConversationEvent
  name: string
  own: boolean
  pinned: boolean
}

/** What can be done with one message. */
export function MessageMenu(props: MessageMenuProps) {
  const { event, name, moderates, writes } = props
  const entriesOf = useEntries(props)
  if (event.content === '' && !moderates && !writes) return null
  return (
    <MenuButton label={copy.message.menu(name, formatClock(event.createdAt))} entries={entriesOf} />
  )
}

/** Made when the menu opens: a conversation has thousands of them that never do. */
function useEntries(props: MessageMenuProps): () => MenuEntry[] {
  const app = useApp()
  const names = useNames()
  return () => entriesOf(app, names, props)
}

function entriesOf(app: App, names: Names, props: MessageMenuProps): MenuEntry[] {
  const { relayKey, event, name, own, pinned, moderates, writes } = props
  const message = { relayKey, eventId: event.id }

  const copyWords = () =>
    app.attempt(async () => {
      await navigator.clipboard.writeText(readable(event.content, names))
      app.notices.say(copy.message.copied)
    })
  const pin = () =>
    app.attempt(() => app.session.call(pinned ? 'unpinMessage' : 'pinMessage', message))
  const remove = () => {
    const text = [own ? copy.message.deleteOwn : copy.message.deleteOthers(name)]
    const run = () => app.session.call('deleteMessage', message)
    const { deleteTitle: title, action } = copy.message
    app.confirm({ title, text, action, run }, copy.message.deleted)
  }

  const reply = () => {
    const words = wordsOf(event, names)
    const replyTo = { id: event.id, pubkey: event.pubkey, name: event.name ?? null, words }
    app.drafts.change(relayKey, { replyTo })
    app.writeIn.set(relayKey)
  }

  const entries: MenuEntry[] = []
  if (writes) {
    entries.push({ label: copy.reply.action, icon: <ReplyIcon size={16} />, run: reply })
  }
  if (event.content !== '') {
    entries.push({ label: copy.message.copyWords, icon: <CopyIcon size={16} />, run: copyWords })
  }
  if (moderates) {
    const label = pinned ? copy.message.unpin : copy.message.pin
    entries.push({ label, icon: <PinIcon size={16} />, run: pin })
  }
  if (moderates || (own && writes)) {
    const icon = <TrashIcon size={16} />
    entries.push({ label: copy.message.delete, icon, danger: true, run: remove })
  }
  return entries
}
