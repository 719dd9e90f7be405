import { useState } from 'react'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Field } from '../parts/fields.tsx'
import { SubmitForm, useDeed } from '../parts/form.tsx'
import { copy } from '../strings.ts'

/** A question before something that cannot be taken back. */
export interface Confirmation {
  title: string
  /** What happens then, in paragraphs */
  text: readonly string[]
  action: string
  /** A name that has to be typed first */
  typed?: string
  /** Does it, closes the dialog, and says so */
  run: () => Promise<unknown>
}

export function Confirm({ ask, onclose }: { ask: Confirmation; onclose: () => void }) {
  const [words, setWords] = useState('')
  const { busy, problem, run: attempt } = useDeed()
  const ready = ask.typed === undefined || oneSpaced(words) === oneSpaced(ask.typed)

  const run = () => {
    if (ready) attempt(ask.run)
  }

  return (
    <Dialog alert title={ask.title} onclose={onclose} light={!busy}>
      <SubmitForm onsubmit={run}>
        <div className='paragraphs'>
          {ask.text.map((words) => (
            <p key={words}>{words}</p>
          ))}
        </div>
        {ask.typed !== undefined && (
          <Field
            label={copy.confirm.type(ask.typed)}
            value={words}
            onChange={setWords}
            autoComplete='off'
            autoFocus
          />
        )}
        {problem}
        <div className='actions'>
          <Button onPress={onclose} autoFocus={ask.typed === undefined}>
            {copy.dialog.cancel}
          </Button>
          <Button kind='danger' type='submit' isDisabled={!ready || busy}>
            {ask.action}
          </Button>
        </div>
      </SubmitForm>
    </Dialog>
  )
}

/** The page shows several spaces as one, so that is what can be typed. */
function oneSpaced(words: string): string {
  return words.replace(/\s+/gu, ' ').trim()
}
