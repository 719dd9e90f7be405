import { useState } from 'react'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Choices, Field } from '../parts/fields.tsx'
import { SubmitForm, useDeed } from '../parts/form.tsx'
import { plainName } from '../plain-text.ts'
import { useApp, useRelays } from '../state/app.ts'
import { copy } from '../strings.ts'
import { useWholePath } from './whole-path.ts'

interface FolderByPathProps {
  relayKey: string
  into: string
  kept: boolean
  onclose: () => void
}

const words = copy.byPath
const WAYS = [
  { value: 'once', label: words.once, hint: words.onceHint },
  { value: 'kept', label: words.kept, hint: words.keptHint }
] as const

/** A folder that the worker itself reads: added once, or kept in step with the group. */
export function FolderByPath({ relayKey, into, kept, onclose }: FolderByPathProps) {
  const app = useApp()
  const relay = useRelays().value.find((known) => known.relayKey === relayKey)
  const place = useWholePath()
  const [way, setWay] = useState<'once' | 'kept'>(kept ? 'kept' : 'once')
  const [prefix, setPrefix] = useState(into)
  const { busy, problem, run } = useDeed()

  const link = async (folder: string) => {
    await app.session.call('linkFolder', { relayKey, folder })
    app.notices.say(words.linked)
    app.dialog.set({ kind: 'folders', relayKey })
  }
  const submit = () => {
    const folder = place.read()
    if (folder === null) return
    if (way === 'kept') return run(() => link(folder))
    const within = prefix.trim().replace(/^\/+|\/+$/g, '')
    app.attempt(async () => {
      const done = await app.session.call('importFolder', {
        relayKey,
        folder,
        prefix: within === '' ? null : within
      })
      app.notices.say(words.added(done.published, done.unchanged))
    })
    onclose()
    app.notices.say(words.started)
  }
  return (
    <Dialog
      title={words.title(plainName(relay?.name ?? ''))}
      onclose={onclose}
      light={place.path === ''}
    >
      <SubmitForm onsubmit={submit}>
        <Field
          label={words.pathLabel}
          hint={words.pathHint}
          placeholder='/home/mara/Pictures'
          {...place.field}
        />
        <Choices label={words.howLabel} choices={WAYS} value={way} onchange={setWay} />
        {way === 'once' && (
          <Field
            label={words.prefixLabel}
            hint={words.prefixHint}
            value={prefix}
            onChange={setPrefix}
          />
        )}
        {problem}
        <div className='actions'>
          <Button onPress={onclose}>{copy.dialog.cancel}</Button>
          <Button kind='primary' type='submit' isDisabled={busy}>
            {way === 'once' ? words.submitOnce : words.submitKept}
          </Button>
        </div>
      </SubmitForm>
    </Dialog>
  )
}
