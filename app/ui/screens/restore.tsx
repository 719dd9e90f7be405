import { useState } from 'react'
import { FileTrigger, Form } from 'react-aria-components'
import { findKey } from '../intake/key-text.ts'
import { Alert } from '../parts/bits.tsx'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Field } from '../parts/fields.tsx'
import { useApp } from '../state/app.ts'
import { copy, explain } from '../strings.ts'

/** More than any backup, and no reason to read on */
const MOST_FILE = 100_000

/** Takes a saved key in place of the one that was made here, before there are groups. */
export function Restore({ onclose }: { onclose: () => void }) {
  const app = useApp()
  const [text, setText] = useState('')
  const [passphrase, setPassphrase] = useState('')
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const key = findKey(text)
  const locked = key?.startsWith('ncryptsec1') === true

  const change = (next: string) => {
    setText(next)
    setProblem(null)
  }
  const restore = async () => {
    if (key === null) return setProblem(copy.restore.missing)
    if (locked && passphrase === '') return setProblem(copy.restore.passphraseMissing)
    setBusy(true)
    setProblem(null)
    try {
      await app.session.call('restoreKey', { key, passphrase: locked ? passphrase : null })
      onclose()
      app.notices.say(copy.restore.done)
    } catch (error) {
      setProblem(explain(error))
      setBusy(false)
    }
  }
  const read = (file: File | undefined) =>
    app.attempt(async () => {
      if (file) change(await file.slice(0, MOST_FILE).text())
    })

  return (
    <Dialog title={copy.restore.title} onclose={onclose} light={text === ''}>
      <Form
        onSubmit={(event) => {
          event.preventDefault()
          if (!busy) void restore()
        }}
      >
        <p>{copy.restore.text}</p>
        <Field
          label={copy.restore.label}
          hint={key !== null && !locked ? copy.restore.nsec : copy.restore.hint}
          value={text}
          onChange={change}
          rows={4}
          mono
          autoComplete='off'
          autoFocus
        />
        <div>
          <FileTrigger acceptedFileTypes={['text/plain']} onSelect={(list) => read(list?.[0])}>
            <Button>{copy.restore.file}</Button>
          </FileTrigger>
        </div>
        {locked && (
          <Field
            label={copy.restore.passphrase}
            type='password'
            autoComplete='current-password'
            value={passphrase}
            onChange={(next) => {
              setPassphrase(next)
              setProblem(null)
            }}
          />
        )}
        {problem && <Alert>{problem}</Alert>}
        <div className='actions'>
          <Button onPress={onclose}>{copy.dialog.cancel}</Button>
          <Button kind='primary' type='submit' isDisabled={busy}>
            {busy ? copy.restore.working : copy.restore.submit}
          </Button>
        </div>
      </Form>
    </Dialog>
  )
}
