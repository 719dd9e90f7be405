import { useState } from 'react'
import { FileTrigger } from 'react-aria-components'
import { findKey } from '../intake/key-text.ts'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Field } from '../parts/fields.tsx'
import { DialogForm, useDeed } from '../parts/form.tsx'
import { useApp } from '../state/app.ts'
import { copy } from '../strings.ts'

/** More than any backup, and no reason to read on */
const MOST_FILE = 100_000

/** Takes a saved key in place of the one that was made here, before there are groups. */
export function Restore({ onclose }: { onclose: () => void }) {
  const app = useApp()
  const [text, setText] = useState('')
  const [passphrase, setPassphrase] = useState('')
  const deed = useDeed()
  const key = findKey(text)
  const locked = key?.startsWith('ncryptsec1') === true

  const change = (next: string) => {
    setText(next)
    deed.fail(null)
  }
  const restore = () => {
    if (key === null) return deed.fail(copy.restore.missing)
    if (locked && passphrase === '') return deed.fail(copy.restore.passphraseMissing)
    deed.run(async () => {
      await app.session.call('restoreKey', { key, passphrase: locked ? passphrase : null })
      onclose()
      app.notices.say(copy.restore.done)
    })
  }
  const read = (file: File | undefined) =>
    app.attempt(async () => {
      if (file) change(await file.slice(0, MOST_FILE).text())
    })

  return (
    <Dialog title={copy.restore.title} onclose={onclose} light={text === ''}>
      <DialogForm
        onsubmit={restore}
        onclose={onclose}
        action={copy.restore.submit}
        working={copy.restore.working}
        deed={deed}
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
              deed.fail(null)
            }}
          />
        )}
      </DialogForm>
    </Dialog>
  )
}
