import { useState } from 'react'
import { Button } from '../../parts/button.tsx'
import { Field } from '../../parts/fields.tsx'
import { SubmitForm, useDeed } from '../../parts/form.tsx'
import { useApp } from '../../state/app.ts'
import { copy } from '../../strings.ts'
import { PassphraseTwice } from './passphrase.tsx'

/** A passphrase that is asked for at each start, or none. */
export function StartLock({ sealed }: { sealed: boolean }) {
  const app = useApp()
  const [open, setOpen] = useState(false)
  const set = async (next: string) => {
    await app.session.call('setPassphrase', { next })
    setOpen(false)
    app.notices.say(copy.backup.locked)
  }
  return (
    <section className='settings-part'>
      <h4>{copy.backup.lock}</h4>
      <p>
        {sealed ? copy.backup.lockOn : copy.backup.lockOff} {sealed && copy.backup.lockLost}
      </p>
      {!open && (
        <div>
          <Button onPress={() => setOpen(true)}>
            {sealed ? copy.backup.removeLock : copy.backup.setLock}
          </Button>
        </div>
      )}
      {open && sealed && <RemoveLock ondone={() => setOpen(false)} />}
      {open && !sealed && (
        <PassphraseTwice
          label={copy.backup.lockPassphrase}
          hint={copy.backup.lockLost}
          action={copy.backup.set}
          working={copy.backup.making}
          ontaken={set}
        />
      )}
    </section>
  )
}

function RemoveLock({ ondone }: { ondone: () => void }) {
  const app = useApp()
  const [current, setCurrent] = useState('')
  const { busy, problem, run } = useDeed()
  const remove = () =>
    run(async () => {
      await app.session.call('setPassphrase', { current })
      ondone()
      app.notices.say(copy.backup.unlocked)
    })
  return (
    <SubmitForm className='settings-form' onsubmit={remove}>
      <Field
        label={copy.backup.current}
        type='password'
        autoComplete='current-password'
        value={current}
        onChange={setCurrent}
        autoFocus
      />
      {problem}
      <div>
        <Button type='submit' isDisabled={busy}>
          {copy.backup.remove}
        </Button>
      </div>
    </SubmitForm>
  )
}
