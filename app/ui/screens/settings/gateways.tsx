import { useState } from 'react'
import { Button } from '../../parts/button.tsx'
import { Field } from '../../parts/fields.tsx'
import { SubmitForm, useSaving } from '../../parts/form.tsx'
import { webAddress } from '../../plain-text.ts'
import { useApp, useStatus } from '../../state/app.ts'
import { copy } from '../../strings.ts'

/** Where links that open in any browser lead to, and whom they let in. */
export function GatewaySettings() {
  const app = useApp()
  const known = useStatus().value?.gateways.join('\n') ?? ''
  const [text, setText] = useState(known)
  const { problem, run } = useSaving()
  const lines = text.split('\n').flatMap((line) => line.trim() || [])
  const bad = lines.find((line) => webAddress(line) === null)
  const save = () => {
    if (bad === undefined) run(() => app.session.call('setGateways', { gateways: lines }))
  }
  return (
    <SubmitForm className='settings-form' onsubmit={save}>
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
      {problem}
      <div>
        <Button kind='primary' type='submit'>
          {copy.settings.save}
        </Button>
      </div>
    </SubmitForm>
  )
}
