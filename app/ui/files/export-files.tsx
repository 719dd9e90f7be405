import { useState } from 'react'
import type { ExportedFiles, OnConflict } from '../../../protocol/rpc/generated/types.ts'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Choices, Field } from '../parts/fields.tsx'
import { SubmitForm } from '../parts/form.tsx'
import { useLive } from '../session/store.ts'
import { useApp, useRelays, useStatus } from '../state/app.ts'
import { filesFeed } from '../state/feeds.ts'
import { keyOf, type NamedFile } from '../state/known-files.ts'
import { copy } from '../strings.ts'
import { guessFolder } from './computer.ts'
import { useWholePath } from './whole-path.ts'

interface ExportFilesProps {
  relayKey: string
  /** Null for all files */
  files: readonly NamedFile[] | null
  onclose: () => void
}

const words = copy.exporting
const CONFLICTS = (['skip', 'overwrite', 'keep-both'] as const).map((value) => ({
  value,
  label: words.conflict[value],
  hint: words.conflictHint[value]
}))

/** Writes what is chosen, or everything, into a folder of this computer. */
export function ExportFiles({ relayKey, files, onclose }: ExportFilesProps) {
  const app = useApp()
  const relay = useRelays().value.find((known) => known.relayKey === relayKey)
  const known = useLive(filesFeed(app.session, relayKey)).value.byKey
  const storage = useStatus().value?.storage ?? ''
  const place = useWholePath(guessFolder(storage, relay?.name ?? ''))
  const [onConflict, setOnConflict] = useState<OnConflict>('skip')
  const chosen = files?.map(keyOf) ?? [...known.keys()]
  const missing = chosen.filter((key) => known.get(key)?.here !== true).length

  const submit = () => {
    const folder = place.read()
    if (folder === null) return
    const hashes = files?.map(({ hash }) => hash) ?? null
    const eventIds = files?.map(({ eventId }) => eventId) ?? null
    const request = { relayKey, folder, onConflict, hashes, eventIds }
    app.attempt(async () => tell(app, await app.session.call('exportFiles', request)))
    onclose()
    app.notices.say(words.started)
  }
  return (
    <Dialog title={words.title(chosen.length)} onclose={onclose}>
      <SubmitForm onsubmit={submit}>
        <Field label={words.pathLabel} hint={words.pathHint} {...place.field} />
        <Choices
          label={words.conflictLabel}
          choices={CONFLICTS}
          value={onConflict}
          onchange={setOnConflict}
        />
        {missing > 0 && <p className='muted'>{words.missing(missing)}</p>}
        <div className='actions'>
          <Button onPress={onclose}>{copy.dialog.cancel}</Button>
          <Button kind='primary' type='submit' isDisabled={missing === chosen.length}>
            {words.submit}
          </Button>
        </div>
      </SubmitForm>
    </Dialog>
  )
}

function tell(app: ReturnType<typeof useApp>, done: ExportedFiles): void {
  const { written, unchanged, leftOut, skipped } = done
  const said = words.done(written, unchanged)
  if (leftOut === 0) return app.notices.say(said)
  const [first] = skipped
  const reason = first === undefined ? '' : `: ${first.path}, ${first.reason}`
  app.notices.say(`${said} ${words.leftOut(leftOut)}${reason}.`, 'danger')
}
