import { useState } from 'react'
import { Form } from 'react-aria-components'
import { npubOf } from '../../../../protocol/ids.ts'
import { Button } from '../../parts/button.tsx'
import { CopyField } from '../../parts/copy-field.tsx'
import { Field, MOST_NAME } from '../../parts/fields.tsx'
import { plainName } from '../../plain-text.ts'
import { useLive } from '../../session/store.ts'
import { useApp, useStatus } from '../../state/app.ts'
import { copy } from '../../strings.ts'
import { Backup } from './backup.tsx'
import { StartLock } from './start-lock.tsx'

/** Who one is, and how to stay it. */
export function IdentitySettings() {
  const status = useStatus().value
  return (
    <>
      <Name />
      {status && (
        <>
          <CopyField label={copy.settings.key} text={status.pubkey && npubOf(status.pubkey)} />
          <Backup status={status} />
          <StartLock sealed={status.sealed === true} />
        </>
      )}
    </>
  )
}

function Name() {
  const app = useApp()
  const config = useLive(app.config)
  const [name, setName] = useState(config?.displayName ?? '')
  const shown = plainName(name)
  const save = () =>
    app.attempt(async () => {
      if (shown === '' || name.length > MOST_NAME) return
      await app.save({ displayName: shown })
      app.notices.say(copy.settings.saved)
    })
  return (
    <Form
      className='settings-line'
      onSubmit={(event) => {
        event.preventDefault()
        save()
      }}
    >
      <Field
        label={copy.settings.nameLabel}
        hint={copy.settings.nameHint}
        value={name}
        onChange={setName}
        problem={shown === '' ? copy.welcome.nameMissing : null}
        most={MOST_NAME}
      />
      {shown !== config?.displayName && (
        <Button kind='primary' type='submit'>
          {copy.settings.save}
        </Button>
      )}
    </Form>
  )
}
