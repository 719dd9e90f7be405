import { useState } from 'react'
import type { Access } from '../../../protocol/rpc/generated/types.ts'
import { Dialog } from '../parts/dialog.tsx'
import { Choices, Field, MOST_NAME } from '../parts/fields.tsx'
import { DialogForm, useDeed } from '../parts/form.tsx'
import { plainName } from '../plain-text.ts'
import { useApp } from '../state/app.ts'
import { copy } from '../strings.ts'

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
  const deed = useDeed()

  const create = () => {
    const groupName = plainName(name)
    setMissing(groupName === '')
    if (groupName === '' || name.length > MOST_NAME) return
    deed.run(async () => {
      const relay = await app.session.call('createRelay', { name: groupName, access })
      app.enter(relay.relayKey)
      app.notices.say(copy.create.created(groupName))
    })
  }

  return (
    <Dialog title={copy.create.title} onclose={onclose} light={name === ''}>
      <DialogForm
        onsubmit={create}
        onclose={onclose}
        action={copy.create.submit}
        working={copy.create.creating}
        deed={deed}
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
      </DialogForm>
    </Dialog>
  )
}
