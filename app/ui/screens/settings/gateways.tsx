import { useState } from 'react'
import { Form } from 'react-aria-components'
import { Alert } from '../../parts/bits.tsx'
import { Button } from '../../parts/button.tsx'
import { Field } from '../../parts/fields.tsx'
import { webAddress } from '../../plain-text.ts'
import { useApp, useStatus } from '../../state/app.ts'
import { copy, explain } from '../../strings.ts'

/** Where links that open in any browser lead to, and whom they let in. */
export function GatewaySettings() {
  const app = useApp()
  const known = useStatus().value?.gateways.join('\n') ?? ''
  const [text, setText] = useState(known)
  const [problem, setProblem] = useState<string | null>(null)
  const lines = text.split('\n').flatMap((line) => line.trim() || [])
  const bad = lines.find((line) => webAddress(line) === null)
  const save = async () => {
    if (bad !== undefined) return
    try {
      await app.session.call('setGateways', { gateways: lines })
      setProblem(null)
      app.notices.say(copy.settings.saved)
    } catch (error) {
      setProblem(explain(error))
    }
  }
  return (
    <Form
      className='settings-form'
      onSubmit={(event) => {
        event.preventDefault()
        void save()
      }}
    >
      <Field
        label={copy.settings.gatewaysLabel}
        hint={copy.settings.gatewaysHint}
        value={text}
        onChange={setText}
        problem={bad === undefined ? null : copy.settings.gatewayBad(bad)}
        rows={3}
        mono
      />
      <p className='muted'>{copy.settings.gatewaysAudience}</p>
      {problem && <Alert>{problem}</Alert>}
      <div>
        <Button kind='primary' type='submit' isDisabled={lines.join('\n') === known}>
          {copy.settings.save}
        </Button>
      </div>
    </Form>
  )
}
