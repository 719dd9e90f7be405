import { useEffect, useRef, useState, type ReactNode } from 'react'
import { Form } from 'react-aria-components'
import { useApp } from '../state/app.ts'
import { copy, explain } from '../strings.ts'
import { Alert } from './bits.tsx'
import { Button } from './button.tsx'
import { onceStarted, TRY_AGAIN } from './once-started.ts'

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

interface DialogFormProps extends SubmitFormProps {
  onclose: () => void
  /** What the button says, and what it says while that is being done */
  action: string
  working?: string
  /** Nothing is filled in, so that the button may have the focus */
  ready?: boolean
  deed: Pick<Deed, 'busy' | 'problem'>
}

/** A form that a dialog is about: what is wrong stands above the two ways out of it. */
export function DialogForm(props: DialogFormProps) {
  const { onclose, action, working = action, ready = false, deed, children, ...form } = props
  return (
    <SubmitForm {...form}>
      {children}
      {deed.problem}
      <div className='actions'>
        <Button onPress={onclose}>{copy.dialog.cancel}</Button>
        <Button kind='primary' type='submit' isDisabled={deed.busy} autoFocus={ready}>
          {deed.busy ? working : action}
        </Button>
      </div>
    </SubmitForm>
  )
}

export interface Deed {
  /** Whether it is being done */
  busy: boolean
  /** Why it was not, to be shown */
  problem: ReactNode
  /**
   * Begins it unless it is being done; what it throws becomes the problem.
   * @param again whether it does no harm when it is done twice: then it is, where the app went away
   */
  run: (job: () => Promise<unknown>, again?: boolean) => void
  /** Says what is wrong without trying; null takes it back. */
  fail: (words: string | null) => void
}

/**
 * What a form is for: done once at a time, and told about when it fails. While the app does not
 * answer it waits, says so, and goes on by itself; closing the form gives it up.
 */
export function useDeed(): Deed {
  const { session } = useApp()
  const [busy, setBusy] = useState(false)
  const [waits, setWaits] = useState(false)
  const [problem, fail] = useState<string | null>(null)
  const here = useRef(true)
  useEffect(() => {
    here.current = true
    return () => void (here.current = false)
  }, [])
  const run = (job: () => Promise<unknown>, again = false) => {
    if (busy) return
    setBusy(true)
    fail(null)
    const doIt = async (): Promise<void> => {
      if (session.link.get() !== 'open') {
        setWaits(true)
        await session.opened()
      }
      try {
        await onceStarted(() => (here.current ? job() : Promise.resolve()))
      } catch (error) {
        if (!again || !here.current || (error as { code?: string }).code !== 'CLOSED') throw error
        setWaits(true)
        await new Promise((resolve) => setTimeout(resolve, TRY_AGAIN))
        await doIt()
      }
    }
    const done = () => {
      setWaits(false)
      setBusy(false)
    }
    doIt()
      .catch((error: unknown) => fail(explain(error)))
      .then(done, done)
  }
  const words = waits ? copy.status.goesOn : problem
  return { busy, problem: words && <Alert>{words}</Alert>, run, fail }
}

/** As {@link useDeed}, for a setting: says that it is saved. */
export function useSaving(): Deed {
  const { notices } = useApp()
  const deed = useDeed()
  const run = (job: () => Promise<unknown>) =>
    deed.run(async () => {
      await job()
      notices.say(copy.settings.saved)
    }, true)
  return { ...deed, run }
}
