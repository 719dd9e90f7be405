import { FileTrigger } from 'react-aria-components'
import { formatPercent, formatSize } from '../format.ts'
import { kindOf } from '../intake/kinds.ts'
import { filesAtHand, lacksFiles, type Outgoing, type OutgoingFile } from '../outbox/outgoing.ts'
import { Bar } from '../parts/bits.tsx'
import { Words } from '../parts/words.tsx'
import { Button } from '../parts/button.tsx'
import { KindIcon } from '../parts/file-parts.tsx'
import { ClockIcon, WarnIcon } from '../parts/icons.tsx'
import { Avatar, FileName, shownName } from '../parts/names.tsx'
import { useLive } from '../session/store.ts'
import { useApp } from '../state/app.ts'
import { copy } from '../strings.ts'
import { useLocalPicture } from './local-picture.ts'
import { boxOf } from './picture-box.ts'

/** Pixels of the longer side of what is seen of a picture until it is in the group */
const PICTURE = 880

const MOVING = new Set<OutgoingFile['phase']>(['waiting', 'hashing', 'sending'])

interface OutgoingMessageProps {
  item: Outgoing
  self: string | null
  /** Whether it starts with who wrote it, or goes on from the message above */
  head: boolean
}

/** A message on its way: what it will be, how far it is, and a way to stop or to try again. */
export function OutgoingMessage({ item, self, head }: OutgoingMessageProps) {
  const app = useApp()
  const name = useLive(app.config)?.displayName ?? ''
  const classes = ['message', head ? 'head' : '', item.phase === 'failed' ? '' : 'outgoing']
  return (
    <li className={classes.filter(Boolean).join(' ')}>
      {head ? <Avatar seed={self ?? '000000'} name={name} /> : <Pending item={item} />}
      <div className='message-body'>
        {head ? (
          <p className='message-head'>
            <bdi className='message-name'>{name}</bdi>
            <span className='muted'>{phaseWords(item)}</span>
          </p>
        ) : (
          <span className='hidden-text'>{`${name}, ${phaseWords(item)}`}</span>
        )}
        {item.content !== '' && <Words words={item.content} />}
        {item.files.map((file) => (
          <OutgoingCard key={file.id} item={item} file={file} />
        ))}
        {item.phase === 'failed' && (
          <p className='not-sent' role='alert'>
            <WarnIcon size={16} />
            <span>
              {copy.conversation.notSent}. {item.problem ?? copy.conversation.restored}
            </span>
          </p>
        )}
        {(item.phase === 'failed' || (item.phase !== 'posted' && item.files.length > 0)) && (
          <OutgoingActions item={item} />
        )}
      </div>
    </li>
  )
}

/** In the place of a clock, until there is one. */
function Pending({ item }: { item: Outgoing }) {
  return (
    <span className='message-pending' title={phaseWords(item)}>
      {item.phase === 'failed' ? <WarnIcon size={16} /> : <ClockIcon size={16} />}
    </span>
  )
}

function OutgoingActions({ item }: { item: Outgoing }) {
  const { outbox, drafts, notices } = useApp()
  const takeBack = () => {
    const draft = drafts.of(item.relayKey).get()
    const words = [item.content, draft.words].filter(Boolean).join('\n')
    drafts.change(item.relayKey, { words, files: [...filesAtHand(item), ...draft.files] })
    outbox.cancel(item.id)
    const gone = item.files.flatMap(({ file, name }) => (file ? [] : shownName(name)))
    if (gone.length > 0) notices.say(copy.conversation.addFilesAgain(gone))
  }
  return (
    <div className='outgoing-actions'>
      {item.phase === 'failed' && !lacksFiles(item) && (
        <Button kind='link' onPress={() => outbox.retry(item.id)}>
          {copy.conversation.retry}
        </Button>
      )}
      <Button kind='link' onPress={takeBack}>
        {copy.conversation.editDraft}
      </Button>
      {item.phase === 'failed' && (
        <Button kind='link' onPress={() => outbox.cancel(item.id)}>
          {copy.conversation.discard}
        </Button>
      )}
    </div>
  )
}

function OutgoingCard({ item, file }: { item: Outgoing; file: OutgoingFile }) {
  const { outbox } = useApp()
  const offline = item.phase === 'waiting' && file.phase !== 'gone'
  const name = shownName(file.name)
  const { size } = file
  const small = useLocalPicture(file.file, PICTURE)
  const box = boxOf(file.dim)
  const pictured = small !== null && box !== undefined
  return (
    <figure className={pictured ? 'file-card wide' : 'file-card'}>
      {pictured && <img {...box} src={small} alt={copy.file.imageAlt(name)} />}
      <figcaption>
        {!pictured && <KindIcon kind={kindOf(file.mime)} />}
        <span className='file-words'>
          <FileName name={file.name} />
          <span className='file-facts'>
            <span>{formatSize(size)}</span>
            <span>{offline ? copy.transfers.offline : filePhase(file)}</span>
          </span>
        </span>
        {file.phase === 'gone' && (
          <FileTrigger
            onSelect={(list) => {
              if (list?.[0]) outbox.addAgain(item.id, file.id, list[0])
            }}
          >
            <Button aria-label={copy.conversation.addAgainNamed(name)}>
              {copy.conversation.addAgain}
            </Button>
          </FileTrigger>
        )}
      </figcaption>
      {MOVING.has(file.phase) && (
        <Bar label={copy.transfers.progress(name)} done={file.done} whole={size} />
      )}
    </figure>
  )
}

/** What a file of one's own is going through, with how far it is. */
function filePhase(file: OutgoingFile): string {
  const percent = formatPercent(file.done, file.size)
  if (file.phase === 'hashing') return `${copy.transfers.hashing} ${percent}`
  if (file.phase === 'sending') return `${copy.transfers.sending} ${percent}`
  if (file.phase === 'failed') return copy.transfers.failed
  if (file.phase === 'gone') return copy.conversation.fileGone
  return file.phase === 'waiting' ? copy.transfers.queued : copy.transfers.added
}

function phaseWords(item: Outgoing): string {
  if (item.phase === 'waiting') return copy.conversation.waitingToSend
  return item.phase === 'failed' ? copy.conversation.notSent : copy.conversation.sending
}
