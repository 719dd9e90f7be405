import { useState } from 'react'
import { Form } from 'react-aria-components'
import { Alert } from '../parts/bits.tsx'
import { Button } from '../parts/button.tsx'
import { CopyField } from '../parts/copy-field.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Choices, Field, MOST_NAME } from '../parts/fields.tsx'
import { npubOf } from '../../../protocol/ids.ts'
import type { Status } from '../../../protocol/rpc/generated/types.ts'
import { plainName, webAddress } from '../plain-text.ts'
import type { Theme } from '../session/host.ts'
import { useApp, useStatus } from '../state/app.ts'
import { copy, explain } from '../strings.ts'

const THEMES = [
  { value: 'system', label: copy.settings.themes.system },
  { value: 'light', label: copy.settings.themes.light },
  { value: 'dark', label: copy.settings.themes.dark }
] as const

export function Settings({ onclose }: { onclose: () => void }) {
  const app = useApp()
  const status = useStatus().value
  const config = app.config.get()
  const [name, setName] = useState(config?.displayName ?? '')
  const [theme, setTheme] = useState<Theme>(config?.theme ?? 'system')
  const [gateways, setGateways] = useState(status?.gateways.join('\n') ?? '')
  const [problem, setProblem] = useState<string | null>(null)

  const lines = gateways.split('\n').flatMap((line) => line.trim() || [])
  const bad = lines.find((line) => webAddress(line) === null)
  const missing = plainName(name) === ''

  const save = async () => {
    if (bad !== undefined || missing || name.length > MOST_NAME) return
    try {
      await app.save({ displayName: plainName(name), theme })
      if (lines.join('\n') !== (status?.gateways.join('\n') ?? '')) {
        await app.session.call('setGateways', { gateways: lines })
      }
      onclose()
      app.notices.say(copy.settings.saved)
    } catch (error) {
      setProblem(explain(error))
    }
  }

  return (
    <Dialog title={copy.settings.title} onclose={onclose}>
      <Form
        onSubmit={(event) => {
          event.preventDefault()
          void save()
        }}
      >
        <Field
          label={copy.settings.nameLabel}
          value={name}
          onChange={setName}
          problem={missing ? copy.welcome.nameMissing : null}
          most={MOST_NAME}
        />
        <Choices
          label={copy.settings.themeLabel}
          choices={THEMES}
          value={theme}
          onchange={setTheme}
          row
        />
        <Field
          label={copy.settings.gatewaysLabel}
          hint={copy.settings.gatewaysHint}
          value={gateways}
          onChange={setGateways}
          problem={bad === undefined ? null : copy.settings.gatewayBad(bad)}
          rows={2}
          mono
        />
        {status && <ThisComputer status={status} />}
        {problem && <Alert>{problem}</Alert>}
        <div className='actions'>
          <Button onPress={onclose}>{copy.dialog.cancel}</Button>
          <Button kind='primary' type='submit'>
            {copy.settings.save}
          </Button>
        </div>
      </Form>
    </Dialog>
  )
}

function ThisComputer({ status }: { status: Status }) {
  return (
    <details className='about'>
      <summary>{copy.settings.about}</summary>
      <CopyField label={copy.settings.key} text={status.pubkey && npubOf(status.pubkey)} />
      <CopyField label={copy.settings.drive} text={status.driveKey} />
      <CopyField label={copy.settings.storage} text={status.storage} />
      <p className='muted'>
        {copy.settings.version} {status.version}
      </p>
    </details>
  )
}
