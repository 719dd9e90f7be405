import { useRef, useState } from 'react'
import { Form } from 'react-aria-components'
import { Alert, ProblemWords } from '../parts/bits.tsx'
import { Button } from '../parts/button.tsx'
import { Field, MOST_NAME } from '../parts/fields.tsx'
import { Mark } from '../parts/icons.tsx'
import { plainName } from '../plain-text.ts'
import { useLive } from '../session/store.ts'
import { useApp, useStatus, type OpenDialog } from '../state/app.ts'
import { copy } from '../strings.ts'

/** The first run: a name, and one of two ways into a group. */
export function Welcome() {
  const app = useApp()
  const config = useLive(app.config)
  const problems = useStatus().value?.problems ?? []
  const [name, setName] = useState(config?.displayName ?? '')
  const form = useRef<HTMLFormElement>(null)
  const [problem, setProblem] = useState<string | null>(null)

  const goOn = (next: OpenDialog) => {
    const displayName = plainName(name)
    if (displayName === '') {
      form.current?.querySelector('input')?.focus()
      return setProblem(copy.welcome.nameMissing)
    }
    if (name.length > MOST_NAME) return
    app.attempt(async () => {
      if (displayName !== config?.displayName) await app.save({ displayName })
      app.dialog.set(next)
    })
  }

  return (
    <main className='welcome'>
      <Mark size={48} />
      <h1>{copy.welcome.title}</h1>
      <p className='lead'>{copy.welcome.lead}</p>
      <Form
        className='welcome-form'
        ref={form}
        onSubmit={(event) => {
          event.preventDefault()
          goOn({ kind: 'create' })
        }}
      >
        <Field
          label={copy.welcome.nameLabel}
          hint={copy.welcome.nameHint}
          value={name}
          onChange={(next) => {
            setName(next)
            setProblem(null)
          }}
          problem={problem}
          most={MOST_NAME}
          autoComplete='name'
          autoFocus
        />
        <div className='welcome-ways'>
          <Button kind='primary' type='submit'>
            {copy.welcome.create}
          </Button>
          <Button onPress={() => goOn({ kind: 'join', invite: '' })}>{copy.welcome.join}</Button>
        </div>
      </Form>
      <Button kind='link' onPress={() => app.dialog.set({ kind: 'restore' })}>
        {copy.restore.link}
      </Button>
      {problems.map((problem) => (
        <Alert key={problem.code + problem.message}>
          <ProblemWords problem={problem} />
        </Alert>
      ))}
      <p className='note'>{copy.welcome.keyNote}</p>
    </main>
  )
}
