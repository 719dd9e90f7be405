import { useState } from 'react'
import type { Access, Relay } from '../../../protocol/rpc/generated/types.ts'
import { Button } from '../parts/button.tsx'
import { CopyField } from '../parts/copy-field.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Choices, Field, MOST_NAME, type Choice } from '../parts/fields.tsx'
import { SubmitForm, useDeed } from '../parts/form.tsx'
import { DoorIcon, TrashIcon } from '../parts/icons.tsx'
import { plainName, plainWords } from '../plain-text.ts'
import { useApp, useRelays, useStatus } from '../state/app.ts'
import { usePeople } from '../state/people.ts'
import { administers, endOf } from '../state/standing.ts'
import { copy } from '../strings.ts'
import { GroupGateways } from './group-gateways.tsx'
import { OtherApps } from './other-apps.tsx'
import { SigningFacts } from './signing-facts.tsx'

const MOST_ABOUT = 500

const ACCESS: Choice<Access>[] = [
  { value: 'closed', label: copy.create.closed, hint: copy.manage.access.closed },
  { value: 'open', label: copy.create.open, hint: copy.manage.access.open }
]

/** A group is private from its beginning, or not at all. */
const mayChange = ({ access }: Relay): boolean => access !== 'private'

/** What a group is and says of itself, and the ways out of it. */
export function GroupSettings({ relayKey, onclose }: { relayKey: string; onclose: () => void }) {
  const relay = useRelays().value.find((known) => known.relayKey === relayKey)
  if (relay === undefined) return null // it was removed while this was open
  return (
    <Dialog title={copy.manage.title} onclose={onclose}>
      {administers(relay) ? (
        <Describe relay={relay} onclose={onclose} />
      ) : (
        <Described relay={relay} />
      )}
      {!(administers(relay) && mayChange(relay)) && (
        <p className='muted'>
          {copy.group.access[relay.access]}. {copy.manage.access[relay.access]}
        </p>
      )}
      <div>
        <GroupGateways relay={relay} />
        <OtherApps relay={relay} />
        <details className='about'>
          <summary>{copy.manage.facts}</summary>
          <CopyField label={copy.manage.address} text={relay.publicIdentifier} />
          <CopyField label={copy.manage.key} text={relay.relayKey} />
        </details>
        {administers(relay) && <SigningFacts relay={relay} />}
      </div>
      {endOf(relay) === null && <WaysOut relay={relay} />}
    </Dialog>
  )
}

function Described({ relay }: { relay: Relay }) {
  return (
    <div className='paragraphs'>
      <p className='described-name'>
        <bdi>{plainName(relay.name)}</bdi>
      </p>
      {relay.about !== '' && <p dir='auto'>{plainWords(relay.about)}</p>}
    </div>
  )
}

function Describe({ relay, onclose }: { relay: Relay; onclose: () => void }) {
  const app = useApp()
  const [name, setName] = useState(relay.name)
  const [about, setAbout] = useState(relay.about)
  const [access, setAccess] = useState(relay.access)
  const { busy, problem, run } = useDeed()
  const missing = plainName(name) === ''
  const same = name === relay.name && about === relay.about && access === relay.access

  const save = () => {
    if (missing || name.length > MOST_NAME || about.length > MOST_ABOUT) return
    run(async () => {
      const { relayKey, picture } = relay
      const facts = { name: plainName(name), about: about.trim(), picture, access }
      await app.session.call('editGroup', { relayKey, ...facts })
      onclose()
      app.notices.say(copy.manage.saved)
    })
  }

  return (
    <SubmitForm onsubmit={save}>
      <Field
        label={copy.manage.nameLabel}
        value={name}
        onChange={setName}
        problem={missing ? copy.create.nameMissing : null}
        most={MOST_NAME}
      />
      <Field
        label={copy.manage.aboutLabel}
        hint={copy.manage.aboutHint}
        value={about}
        onChange={setAbout}
        most={MOST_ABOUT}
        rows={2}
      />
      {mayChange(relay) && <ChooseAccess relay={relay} value={access} onchange={setAccess} />}
      {problem}
      <div className='actions'>
        <Button onPress={onclose}>{copy.dialog.cancel}</Button>
        <Button kind='primary' type='submit' isDisabled={busy || same}>
          {copy.manage.save}
        </Button>
      </div>
    </SubmitForm>
  )
}

interface AccessProps {
  relay: Relay
  value: Access
  onchange: (value: Access) => void
}

function ChooseAccess({ relay, value, onchange }: AccessProps) {
  const changes = value !== relay.access && value !== 'private'
  return (
    <div className='paragraphs'>
      <Choices label={copy.manage.accessLabel} choices={ACCESS} value={value} onchange={onchange} />
      <p className='muted' role='status'>
        {changes && copy.manage.change[value]}
      </p>
    </div>
  )
}

function WaysOut({ relay }: { relay: Relay }) {
  const app = useApp()
  const people = usePeople(relay.relayKey)
  const self = useStatus().value?.pubkey ?? null
  const name = plainName(relay.name)
  const { relayKey } = relay
  const admins = people.members.filter(({ role }) => role === 'admin')
  const lastAdmin = relay.role === 'admin' && admins.length <= 1

  const leave = () => {
    const { leaving } = copy
    const text = [leaving.text, leaving.return]
    const run = () => app.session.call('leaveGroup', { relayKey })
    const ask = { title: leaving.title(name), text, action: leaving.action, run }
    app.confirm(ask, leaving.done(name))
  }
  const remove = () => {
    const { deleting } = copy
    const run = () => app.session.call('deleteGroup', { relayKey })
    const text = [deleting.text]
    const ask = { title: deleting.title(name), text, action: deleting.action, typed: name, run }
    app.confirm(ask, deleting.done(name))
  }
  return (
    <div className='ways-out'>
      {lastAdmin ? (
        <p className='muted'>{copy.leaving.lastAdmin}</p>
      ) : (
        <Button onPress={leave}>
          <DoorIcon />
          {copy.manage.leave}
        </Button>
      )}
      {relay.creator && relay.creator === self && (
        <Button kind='danger' onPress={remove}>
          <TrashIcon />
          {copy.manage.delete}
        </Button>
      )}
    </div>
  )
}
