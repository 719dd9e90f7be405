import { useState } from 'react'
import { npubOf } from '../../../../protocol/ids.ts'
import { Button } from '../../parts/button.tsx'
import { CopyField } from '../../parts/copy-field.tsx'
import { Field, MOST_NAME } from '../../parts/fields.tsx'
import { SubmitForm, useSaving } from '../../parts/form.tsx'
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
  const { problem, run } = useSaving()
  const shown = plainName(name)
  const save = () => {
    if (shown !== '' && name.length <= MOST_NAME) run(() => app.save({ displayName: shown }))
  }
  return (
    <SubmitForm className='settings-line' onsubmit={save}>
      <Field
        label={copy.settings.nameLabel}
        hint={copy.settings.nameHint}
        value={name}
        onChange={setName}
        problem={shown === '' ? copy.welcome.nameMissing : null}
        most={MOST_NAME}
      />
      <Button type='submit'>{copy.settings.save}</Button>
      {problem}
    </SubmitForm>
  )
}
