import { useState } from 'react'
import { Button } from '../parts/button.tsx'
import { Field } from '../parts/fields.tsx'
import { SubmitForm, useDeed } from '../parts/form.tsx'
import { Mark } from '../parts/icons.tsx'
import { useApp } from '../state/app.ts'
import { copy } from '../strings.ts'
import { Banner } from './banner.tsx'

/** The key is locked: nothing is open until its passphrase is given. */
export function Unlock() {
  const app = useApp()
  const [passphrase, setPassphrase] = useState('')
  const { busy, problem, run } = useDeed()
  const unlock = () => {
    if (passphrase === '') return
    run(async () => {
      setPassphrase('') // whatever comes of it, it is not tried twice
      await app.session.call('unlock', { passphrase })
    })
  }
  return (
    <main className='welcome'>
      <Banner />
      <Mark size={48} />
      <h1>{copy.unlock.title}</h1>
      <p className='lead'>{copy.unlock.text}</p>
      <SubmitForm className='welcome-form' onsubmit={unlock}>
        <Field
          label={copy.unlock.label}
          type='password'
          autoComplete='current-password'
          value={passphrase}
          onChange={setPassphrase}
          autoFocus
        />
        {problem}
        <Button kind='primary' type='submit' isDisabled={busy}>
          {busy ? copy.unlock.working : copy.unlock.submit}
        </Button>
      </SubmitForm>
      <p className='note'>{copy.unlock.help}</p>
    </main>
  )
}
