import { memo, useEffect, useRef, type KeyboardEvent } from 'react'
import { FileTrigger, TextArea, TextField } from 'react-aria-components'
import type { Relay } from '../../../protocol/rpc/generated/types.ts'
import { chosen, type ChosenFile } from '../intake/choose.ts'
import { formatSize } from '../format.ts'
import { kindOf } from '../intake/kinds.ts'
import { Button, IconButton } from '../parts/button.tsx'
import { KindIcon } from '../parts/file-parts.tsx'
import { AttachIcon, CloseIcon, ReplyIcon, SendIcon } from '../parts/icons.tsx'
import { FileName } from '../parts/names.tsx'
import { plainName } from '../plain-text.ts'
import { useLive } from '../session/store.ts'
import { useApp } from '../state/app.ts'
import { noteWritable } from '../state/moments.ts'
import type { People } from '../state/people.ts'
import { isShutOut } from '../state/standing.ts'
import { copy } from '../strings.ts'
import { useAttach } from './attach.ts'
import { useLocalPicture } from './local-picture.ts'
import { MentionList } from './mention-list.tsx'
import { withKeys } from './mention-text.ts'
import { useMentions } from './use-mentions.ts'

/** With more files their list scrolls, and has to be reachable by keys */
const MOST_SEEN = 4
/** Pixels of the longer side of a small picture */
const ATTACHMENT = 96

interface ComposerProps {
  relay: Relay
  people: People
}

/** Where a message is written. What is written stays, whatever happens to the connection. */
export const Composer = memo(function Composer({ relay, people }: ComposerProps) {
  const app = useApp()
  const { relayKey } = relay
  const draft = useLive(app.drafts.of(relayKey))
  const attach = useAttach(relayKey)
  const words = draft.words.trim()
  const held = holdWords(relay)
  const ready = held === null && (words !== '' || draft.files.length > 0)

  const wanted = useLive(app.writeIn) === relayKey
  const field = useRef<HTMLTextAreaElement>(null)
  useEffect(() => {
    if (!wanted) return
    // A dialog that closes gives the focus back first
    const frame = requestAnimationFrame(() => {
      field.current?.focus()
      app.writeIn.set(null)
    })
    return () => cancelAnimationFrame(frame)
  }, [app, wanted])

  useEffect(noteWritable, [])

  const mentions = useMentions(relayKey, people, field)
  const marked = mentions.members[mentions.marked]
  const stopReplying = () => app.drafts.change(relayKey, { replyTo: null })

  const send = () => {
    if (!ready) return
    app.outbox.send(
      relayKey,
      withKeys(words, draft.mentioned),
      draft.files,
      draft.replyTo?.id ?? null
    )
    app.drafts.clear(relayKey)
  }
  const onkey = (event: KeyboardEvent) => {
    if (mentions.onkey(event)) return
    if (event.key === 'Escape' && draft.replyTo) return stopReplying()
    // While an input method composes, Enter belongs to it
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
    event.preventDefault()
    send()
  }

  return (
    <form
      className='composer'
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      {held !== null && (
        <p className='composer-held' id='composer-held'>
          {held}
        </p>
      )}
      {draft.replyTo && (
        <div className='replying'>
          <ReplyIcon size={16} />
          <span className='quote'>
            <span>{copy.reply.to(people.nameOf(draft.replyTo.pubkey, draft.replyTo.name))}</span>
            <span dir='auto'>{draft.replyTo.words}</span>
          </span>
          <IconButton label={copy.reply.cancel} onPress={stopReplying}>
            <CloseIcon size={16} />
          </IconButton>
        </div>
      )}
      {mentions.members.length > 0 && (
        <MentionList
          id='mentions'
          members={mentions.members}
          marked={mentions.marked}
          onmark={mentions.mark}
          ontake={mentions.take}
        />
      )}
      {draft.files.length > 0 && (
        <Attachments
          files={draft.files}
          onclear={() => app.drafts.change(relayKey, { files: [] })}
          onremove={(id) =>
            app.drafts.change(relayKey, { files: draft.files.filter((file) => file.id !== id) })
          }
        />
      )}
      <div className='composer-row'>
        <FileTrigger
          allowsMultiple
          onSelect={(list) => attach([...(list ?? [])].map((file) => chosen(file)))}
        >
          <IconButton label={copy.composer.attach}>
            <AttachIcon />
          </IconButton>
        </FileTrigger>
        <TextField
          className='composer-field'
          aria-label={copy.composer.label(plainName(relay.name))}
          value={draft.words}
          onChange={(next) => app.drafts.change(relayKey, { words: next })}
        >
          <TextArea
            id='composer'
            ref={field}
            rows={1}
            placeholder={copy.composer.placeholder}
            title={copy.composer.hint}
            aria-describedby={held === null ? undefined : 'composer-held'}
            aria-controls={marked ? 'mentions' : undefined}
            aria-activedescendant={marked ? `mentions-${mentions.marked}` : undefined}
            onKeyDown={onkey}
            onSelect={mentions.look}
          />
        </TextField>
        <IconButton kind='primary' type='submit' label={copy.composer.send} isDisabled={!ready}>
          <SendIcon />
        </IconButton>
      </div>
    </form>
  )
})

/** Why words would go nowhere now; null when they would not. */
function holdWords(relay: Relay): string | null {
  if (isShutOut(relay)) return copy.shutOut.composer
  return relay.state === 'joining' ? copy.composer.arriving : null
}

interface AttachmentsProps {
  files: ChosenFile[]
  onremove: (id: string) => void
  onclear: () => void
}

function Attachments({ files, onremove, onclear }: AttachmentsProps) {
  const size = files.reduce((sum, { file }) => sum + file.size, 0)
  return (
    <>
      {files.length > 1 && (
        <p className='attachments-count' role='status'>
          {copy.composer.attachedCount(files.length, formatSize(size))}
          <Button kind='link' onPress={onclear}>
            {copy.composer.removeAll}
          </Button>
        </p>
      )}
      <ul
        className='attachments'
        tabIndex={files.length > MOST_SEEN ? 0 : undefined}
        aria-label={copy.composer.attached}
      >
        {files.map((file) => (
          <li key={file.id} className='attachment'>
            <AttachmentPicture file={file.file} />
            <span className='attachment-words'>
              <FileName name={file.name} />
              <small>{formatSize(file.file.size)}</small>
            </span>
            <IconButton
              label={copy.composer.removeFile(plainName(file.name))}
              onPress={() => onremove(file.id)}
            >
              <CloseIcon size={16} />
            </IconButton>
          </li>
        ))}
      </ul>
    </>
  )
}

function AttachmentPicture({ file }: { file: File }) {
  const url = useLocalPicture(file, ATTACHMENT)
  if (url === null) return <KindIcon kind={kindOf(file.type)} />
  return <img className='thumb' src={url} alt='' />
}
