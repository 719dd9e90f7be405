import { useState } from 'react'
import { Form } from 'react-aria-components'
import { Alert } from '../parts/bits.tsx'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Choices, Field } from '../parts/fields.tsx'
import { plainName } from '../plain-text.ts'
import { useApp, useRelays } from '../state/app.ts'
import { copy, explain } from '../strings.ts'
import { isWholePath } from './computer.ts'

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
  const [path, setPath] = useState('')
  const [way, setWay] = useState<'once' | 'kept'>(kept ? 'kept' : 'once')
  const [prefix, setPrefix] = useState(into)
  const [wrong, setWrong] = useState<string | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)

  const link = async (folder: string) => {
    setBusy(true)
    try {
      await app.session.call('linkFolder', { relayKey, folder })
      app.notices.say(words.linked)
      app.dialog.set({ kind: 'folders', relayKey })
    } catch (error) {
      setProblem(explain(error))
      setBusy(false)
    }
  }
  const submit = () => {
    const folder = path.trim()
    const against =
      folder === '' ? words.pathMissing : isWholePath(folder) ? null : words.pathRelative
    setWrong(against)
    setProblem(null)
    if (against !== null || busy) return
    if (way === 'kept') return void link(folder)
    const place = prefix.trim().replace(/^\/+|\/+$/g, '')
    app.attempt(async () => {
      const done = await app.session.call('importFolder', {
        relayKey,
        folder,
        prefix: place === '' ? null : place
      })
      app.notices.say(words.added(done.published, done.unchanged))
    })
    onclose()
    app.notices.say(words.started)
  }
  return (
    <Dialog title={words.title(plainName(relay?.name ?? ''))} onclose={onclose} light={path === ''}>
      <Form
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        <Field
          label={words.pathLabel}
          hint={words.pathHint}
          placeholder='/home/mara/Pictures'
          value={path}
          onChange={(next) => {
            setPath(next)
            setWrong(null)
          }}
          problem={wrong}
          autoComplete='off'
          spellCheck='false'
          mono
          autoFocus
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
        {problem && <Alert>{problem}</Alert>}
        <div className='actions'>
          <Button onPress={onclose}>{copy.dialog.cancel}</Button>
          <Button kind='primary' type='submit' isDisabled={busy}>
            {way === 'once' ? words.submitOnce : words.submitKept}
          </Button>
        </div>
      </Form>
    </Dialog>
  )
}
