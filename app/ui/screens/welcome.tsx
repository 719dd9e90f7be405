import { useState } from 'react'
import { Alert, ProblemWords } from '../parts/bits.tsx'
import { Button } from '../parts/button.tsx'
import { Field, MOST_NAME } from '../parts/fields.tsx'
import { SubmitForm, useDeed } from '../parts/form.tsx'
import { Mark } from '../parts/icons.tsx'
import { plainName } from '../plain-text.ts'
import { useLive } from '../session/store.ts'
import { useApp, useStatus, type OpenDialog } from '../state/app.ts'
import { copy } from '../strings.ts'
import { Banner } from './banner.tsx'

/** What was typed outlasts the page's own screens: the app may go away meanwhile, and come back */
let typed = ''

/** The first run: a name, and one of two ways into a group. */
export function Welcome() {
  const app = useApp()
  const config = useLive(app.config)
  const problems = useStatus().value?.problems ?? []
  const [name, setName] = useState(typed || (config?.displayName ?? ''))
  const [problem, setProblem] = useState<string | null>(null)
  const deed = useDeed()

  const goOn = (next: OpenDialog) => {
    const displayName = plainName(name)
    if (displayName === '') {
      document.querySelector<HTMLInputElement>('.welcome-form input')?.focus()
      return setProblem(copy.welcome.nameMissing)
    }
    if (name.length > MOST_NAME) return
    deed.run(async () => {
      if (displayName !== config?.displayName) await app.save({ displayName })
      app.dialog.set(next)
    }, true)
  }

  return (
    <main className='welcome'>
      <Banner />
      <Mark size={48} />
      <h1>{copy.welcome.title}</h1>
      <p className='lead'>{copy.welcome.lead}</p>
      <SubmitForm className='welcome-form' onsubmit={() => goOn({ kind: 'create' })}>
        <Field
          label={copy.welcome.nameLabel}
          hint={copy.welcome.nameHint}
          value={name}
          onChange={(next) => {
            typed = next
            setName(next)
            setProblem(null)
          }}
          problem={problem}
          most={MOST_NAME}
          autoComplete='name'
          autoFocus
        />
        {deed.problem}
        <div className='welcome-ways'>
          <Button kind='primary' type='submit'>
            {copy.welcome.create}
          </Button>
          <Button onPress={() => goOn({ kind: 'join', invite: '' })}>{copy.welcome.join}</Button>
        </div>
      </SubmitForm>
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
