import { useState } from 'react'
import { Form } from 'react-aria-components'
import { Alert } from '../../parts/bits.tsx'
import { Button } from '../../parts/button.tsx'
import { Field } from '../../parts/fields.tsx'
import { copy, explain } from '../../strings.ts'

const SHORTEST = 8

interface TwiceProps {
  label: string
  hint: string
  action: string
  working: string
  /** Does what the passphrase is for; what it throws is shown */
  ontaken: (passphrase: string) => Promise<void>
  /** More that is asked for, above */
  children?: React.ReactNode
}

/** A new passphrase, twice, for nobody can look it up afterwards. */
export function PassphraseTwice({ label, hint, action, working, ontaken, children }: TwiceProps) {
  const [first, setFirst] = useState('')
  const [second, setSecond] = useState('')
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)

  const take = async () => {
    if (first.length < SHORTEST) return setProblem(copy.backup.tooShort)
    if (first !== second) return setProblem(copy.backup.differ)
    setBusy(true)
    setProblem(null)
    try {
      await ontaken(first)
    } catch (error) {
      setProblem(explain(error))
      setBusy(false)
    }
  }
  return (
    <Form
      className='settings-form'
      onSubmit={(event) => {
        event.preventDefault()
        if (!busy) void take()
      }}
    >
      {children}
      <Field
        label={label}
        hint={hint}
        type='password'
        autoComplete='new-password'
        value={first}
        onChange={setFirst}
        autoFocus={!children}
      />
      <Field
        label={copy.backup.repeat}
        type='password'
        autoComplete='new-password'
        value={second}
        onChange={setSecond}
      />
      {problem && <Alert>{problem}</Alert>}
      <div>
        <Button kind='primary' type='submit' isDisabled={busy}>
          {busy ? working : action}
        </Button>
      </div>
    </Form>
  )
}
