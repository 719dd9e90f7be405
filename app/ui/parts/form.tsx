import { useState, type ReactNode } from 'react'
import { Form } from 'react-aria-components'
import { useApp } from '../state/app.ts'
import { copy, explain } from '../strings.ts'
import { Alert } from './bits.tsx'

interface SubmitFormProps {
  className?: string
  onsubmit: () => void
  children: ReactNode
}

/** A form that the page itself answers. */
export function SubmitForm({ className, onsubmit, children }: SubmitFormProps) {
  return (
    <Form
      {...(className === undefined ? {} : { className })}
      onSubmit={(event) => {
        event.preventDefault()
        onsubmit()
      }}
    >
      {children}
    </Form>
  )
}

export interface Deed {
  /** Whether it is being done */
  busy: boolean
  /** Why it was not, to be shown */
  problem: ReactNode
  /** Begins it unless it is being done; what it throws becomes the problem. */
  run: (job: () => Promise<unknown>) => void
  /** Says what is wrong without trying; null takes it back. */
  fail: (words: string | null) => void
}

/** What a form is for: done once at a time, and told about when it fails. */
export function useDeed(): Deed {
  const [busy, setBusy] = useState(false)
  const [problem, fail] = useState<string | null>(null)
  const done = () => setBusy(false)
  const run = (job: () => Promise<unknown>) => {
    if (busy) return
    setBusy(true)
    fail(null)
    job()
      .catch((error: unknown) => fail(explain(error)))
      .then(done, done)
  }
  return { busy, problem: problem && <Alert>{problem}</Alert>, run, fail }
}

/** As {@link useDeed}, for a setting: says that it is saved. */
export function useSaving(): Deed {
  const { notices } = useApp()
  const deed = useDeed()
  const run = (job: () => Promise<unknown>) =>
    deed.run(async () => {
      await job()
      notices.say(copy.settings.saved)
    })
  return { ...deed, run }
}
