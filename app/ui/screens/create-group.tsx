import { useState } from 'react'
import { Form } from 'react-aria-components'
import type { Access } from '../../../protocol/rpc/generated/types.ts'
import { Alert } from '../parts/bits.tsx'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Choices, Field, MOST_NAME } from '../parts/fields.tsx'
import { plainName } from '../plain-text.ts'
import { useApp } from '../state/app.ts'
import { copy, explain } from '../strings.ts'

const ACCESS = [
  { value: 'private', label: copy.create.private, hint: copy.manage.access.private },
  { value: 'closed', label: copy.create.closed, hint: copy.manage.access.closed },
  { value: 'open', label: copy.create.open, hint: copy.manage.access.open }
] as const

export function CreateGroup({ onclose }: { onclose: () => void }) {
  const app = useApp()
  const [name, setName] = useState('')
  const [access, setAccess] = useState<Access>('private')
  const [missing, setMissing] = useState(false)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)

  const create = async () => {
    const groupName = plainName(name)
    setMissing(groupName === '')
    if (groupName === '' || name.length > MOST_NAME || busy) return
    setBusy(true)
    setProblem(null)
    try {
      const relay = await app.session.call('createRelay', { name: groupName, access })
      app.enter(relay.relayKey)
      app.notices.say(copy.create.created(groupName))
    } catch (error) {
      setProblem(explain(error))
      setBusy(false)
    }
  }

  return (
    <Dialog title={copy.create.title} onclose={onclose} light={name === ''}>
      <Form
        onSubmit={(event) => {
          event.preventDefault()
          void create()
        }}
      >
        <Field
          label={copy.create.nameLabel}
          placeholder={copy.create.namePlaceholder}
          value={name}
          onChange={setName}
          problem={missing && plainName(name) === '' ? copy.create.nameMissing : null}
          most={MOST_NAME}
          autoFocus
        />
        <Choices
          label={copy.create.accessLabel}
          choices={ACCESS}
          value={access}
          onchange={setAccess}
        />
        <p className='muted'>{copy.create.writeNote}</p>
        {problem && <Alert>{problem}</Alert>}
        <div className='actions'>
          <Button onPress={onclose}>{copy.dialog.cancel}</Button>
          <Button kind='primary' type='submit' isDisabled={busy}>
            {busy ? copy.create.creating : copy.create.submit}
          </Button>
        </div>
      </Form>
    </Dialog>
  )
}
