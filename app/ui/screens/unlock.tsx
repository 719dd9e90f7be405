import { useState } from 'react'
import { Form } from 'react-aria-components'
import { Alert } from '../parts/bits.tsx'
import { Button } from '../parts/button.tsx'
import { Field } from '../parts/fields.tsx'
import { Mark } from '../parts/icons.tsx'
import { useApp } from '../state/app.ts'
import { copy, explain } from '../strings.ts'

/** The key is locked: nothing is open until its passphrase is given. */
export function Unlock() {
  const app = useApp()
  const [passphrase, setPassphrase] = useState('')
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const unlock = async () => {
    if (busy || passphrase === '') return
    setBusy(true)
    setProblem(null)
    try {
      await app.session.call('unlock', { passphrase })
    } catch (error) {
      setProblem(explain(error))
      setPassphrase('')
    }
    setBusy(false)
  }
  return (
    <main className='welcome'>
      <Mark size={48} />
      <h1>{copy.unlock.title}</h1>
      <p className='lead'>{copy.unlock.text}</p>
      <Form
        className='welcome-form'
        onSubmit={(event) => {
          event.preventDefault()
          void unlock()
        }}
      >
        <Field
          label={copy.unlock.label}
          type='password'
          autoComplete='current-password'
          value={passphrase}
          onChange={setPassphrase}
          autoFocus
        />
        {problem && <Alert>{problem}</Alert>}
        <Button kind='primary' type='submit' isDisabled={busy}>
          {busy ? copy.unlock.working : copy.unlock.submit}
        </Button>
      </Form>
      <p className='note'>{copy.unlock.help}</p>
    </main>
  )
}
