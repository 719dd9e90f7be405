import { useState } from 'react'
import { Button } from '../../parts/button.tsx'
import { Field } from '../../parts/fields.tsx'
import { SubmitForm, useDeed } from '../../parts/form.tsx'
import { copy } from '../../strings.ts'

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
  const { busy, problem, run, fail } = useDeed()

  const take = () => {
    if (first.length < SHORTEST) return fail(copy.backup.tooShort)
    if (first !== second) return fail(copy.backup.differ)
    run(() => ontaken(first))
  }
  return (
    <SubmitForm className='settings-form' onsubmit={take}>
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
      {problem}
      <div>
        <Button kind='primary' type='submit' isDisabled={busy}>
          {busy ? working : action}
        </Button>
      </div>
    </SubmitForm>
  )
}
