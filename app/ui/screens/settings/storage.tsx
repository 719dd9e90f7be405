import { useState } from 'react'
import type { Keep, Relay, StorageUsage } from '../../../../protocol/rpc/generated/types.ts'
import { Loading } from '../../parts/bits.tsx'
import { Button } from '../../parts/button.tsx'
import { Field } from '../../parts/fields.tsx'
import { SubmitForm, useSaving } from '../../parts/form.tsx'
import { Avatar } from '../../parts/names.tsx'
import { Pick } from '../../parts/pick.tsx'
import { plainName } from '../../plain-text.ts'
import { useLive } from '../../session/store.ts'
import { useApp, useRelays, useStatus } from '../../state/app.ts'
import { storageFeed } from '../../state/feeds.ts'
import { copy } from '../../strings.ts'
import { readAmount } from './amounts.ts'

const GB = 1_000_000_000
const KEEPS = [
  { value: 'all', label: copy.usage.keeps.all },
  { value: 'on-demand', label: copy.usage.keeps['on-demand'] }
] as const

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

const shownCap = (bytes: number | null): string => (bytes ? String(bytes / GB) : '')

/** The bytes that somebody allows, none for any amount; `bad` for what is no amount. */
function readCap(text: string): { bytes?: number } | 'bad' {
  const amount = readAmount(text)
  if (amount === null) return {}
  return amount === 'bad' || amount === 0 ? 'bad' : { bytes: Math.round(amount * GB) }
}

function Cap({ bytes }: { bytes: number | null }) {
  const app = useApp()
  const [text, setText] = useState(shownCap(bytes))
  const { problem, run } = useSaving()
  const cap = readCap(text)
  const save = () => {
    if (cap !== 'bad') run(() => app.session.call('setQuota', cap))
  }
  return (
    <SubmitForm className='settings-line' onsubmit={save}>
      <Field
        label={copy.usage.cap}
        hint={copy.usage.capHint}
        value={text}
        onChange={setText}
        inputMode='decimal'
        problem={cap === 'bad' ? copy.usage.capBad : null}
      />
      <Button type='submit'>{copy.settings.save}</Button>
      {problem}
    </SubmitForm>
  )
}

function Groups({ usage }: { usage: StorageUsage | null }) {
  const { value: relays } = useRelays()
  return (
    <section className='settings-part'>
      <h4>{copy.usage.groups}</h4>
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
      <GroupCap key={relay.quotaBytes} relay={relay} />
      <Pick
        label={copy.usage.keep(name)}
        choices={KEEPS}
        value={relay.keep ?? 'all'}
        onchange={keep}
      />
    </li>
  )
}

/** How much of the disk a group's files may take; saved with Enter, or when one goes on. */
function GroupCap({ relay }: { relay: Relay }) {
  const app = useApp()
  const { relayKey } = relay
  const known = shownCap(relay.quotaBytes ?? null)
  const [text, setText] = useState(known)
  const cap = readCap(text)
  const label = copy.usage.groupCap(plainName(relay.name))
  const save = () => {
    if (text.trim() === known) return
    if (cap === 'bad') return app.notices.say(copy.usage.capBad, 'danger')
    app.attempt(async () => {
      await app.session.call('setQuota', { relayKey, ...cap })
      app.notices.say(copy.settings.saved)
    })
  }
  return (
    <input
      className='input group-cap'
      aria-label={label}
      title={label}
      placeholder={copy.usage.noCap}
      inputMode='decimal'
      autoComplete='off'
      aria-invalid={cap === 'bad'}
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={save}
      onKeyDown={(event) => {
        if (event.key === 'Enter') save()
      }}
    />
  )
}
