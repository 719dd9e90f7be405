import { useState } from 'react'
import { Form } from 'react-aria-components'
import type { Keep, Relay, StorageUsage } from '../../../../protocol/rpc/generated/types.ts'
import { Alert, Loading } from '../../parts/bits.tsx'
import { Button } from '../../parts/button.tsx'
import { Field } from '../../parts/fields.tsx'
import { Avatar } from '../../parts/names.tsx'
import { plainName } from '../../plain-text.ts'
import { useLive } from '../../session/store.ts'
import { useApp, useRelays, useStatus } from '../../state/app.ts'
import { storageFeed } from '../../state/feeds.ts'
import { copy, explain } from '../../strings.ts'
import { readAmount } from './amounts.ts'

const GB = 1_000_000_000

/** What takes room on the disk, how much may, and what of each group is kept. */
export function StorageSettings() {
  const app = useApp()
  const { value: usage } = useLive(storageFeed(app.session))
  const status = useStatus().value
  return (
    <>
      {usage === null ? <Loading label={copy.usage.loading} /> : <UsageBar usage={usage} />}
      {status && <Cap bytes={status.quotaBytes || null} />}
      <Groups usage={usage} />
    </>
  )
}

type Part = keyof typeof copy.usage.parts

function partsOf(usage: StorageUsage): [Part, number][] {
  const { files, cores, index, spool, reclaimable, other } = usage
  const parts: [Part, number][] = [
    ['files', files],
    ['logs', cores],
    ['index', index],
    ['passing', spool],
    ['reclaimable', reclaimable],
    ['other', other]
  ]
  return parts.filter(([, bytes]) => bytes > 0)
}

function UsageBar({ usage }: { usage: StorageUsage }) {
  const parts = partsOf(usage)
  const whole = Math.max(
    1,
    parts.reduce((sum, [, bytes]) => sum + bytes, 0)
  )
  return (
    <section className='settings-part'>
      <p className='usage-summary'>{copy.usage.summary(usage.total, usage.free)}</p>
      <div className='usage-bar' aria-hidden='true'>
        {parts.map(([part, bytes]) => (
          <span
            key={part}
            className={`usage-${part}`}
            style={{ width: `${(bytes / whole) * 100}%` }}
          />
        ))}
      </div>
      <ul className='usage-parts'>
        {parts.map(([part, bytes]) => (
          <li key={part}>
            <span className={`usage-dot usage-${part}`} aria-hidden='true' />
            {copy.usage.of(copy.usage.parts[part], bytes)}
          </li>
        ))}
      </ul>
    </section>
  )
}

function Cap({ bytes }: { bytes: number | null }) {
  const app = useApp()
  const known = bytes === null ? '' : String(bytes / GB)
  const [text, setText] = useState(known)
  const [problem, setProblem] = useState<string | null>(null)
  const amount = readAmount(text)
  const bad = amount === 'bad' || amount === 0
  const save = async () => {
    if (bad) return
    try {
      const cap = amount === null ? {} : { bytes: Math.round(amount * GB) }
      await app.session.call('setQuota', cap)
      setProblem(null)
      app.notices.say(copy.settings.saved)
    } catch (error) {
      setProblem(explain(error))
    }
  }
  return (
    <Form
      className='settings-line'
      onSubmit={(event) => {
        event.preventDefault()
        void save()
      }}
    >
      <Field
        label={copy.usage.cap}
        hint={copy.usage.capHint}
        value={text}
        onChange={setText}
        inputMode='decimal'
        problem={bad ? copy.usage.capBad : null}
      />
      {text !== known && (
        <Button kind='primary' type='submit'>
          {copy.settings.save}
        </Button>
      )}
      {problem && <Alert>{problem}</Alert>}
    </Form>
  )
}

function Groups({ usage }: { usage: StorageUsage | null }) {
  const { value: relays } = useRelays()
  return (
    <section className='settings-part'>
      <h3>{copy.usage.groups}</h3>
      {relays.length === 0 && <p className='muted'>{copy.usage.noGroups}</p>}
      <ul className='usage-groups'>
        {relays.map((relay) => (
          <GroupLine key={relay.relayKey} relay={relay} usage={usage} />
        ))}
      </ul>
    </section>
  )
}

function GroupLine({ relay, usage }: { relay: Relay; usage: StorageUsage | null }) {
  const app = useApp()
  const { relayKey } = relay
  const name = plainName(relay.name)
  const used = usage?.groups.find((group) => group.relayKey === relayKey)
  const keep = (next: Keep) =>
    app.attempt(() => app.session.call('setKeep', { relayKey, keep: next }))
  return (
    <li>
      <Avatar seed={relayKey} name={relay.name} shape='square' />
      <span className='group-item-words'>
        <bdi>{name}</bdi>
        <small>{copy.usage.group(used?.files ?? 0, used?.bytes ?? 0)}</small>
      </span>
      <select
        className='input keep'
        aria-label={copy.usage.keep(name)}
        value={relay.keep ?? 'all'}
        onChange={(event) => keep(event.currentTarget.value as Keep)}
      >
        {Object.entries(copy.usage.keeps).map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
    </li>
  )
}
