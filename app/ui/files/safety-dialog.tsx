import { useState } from 'react'
import { Button as AriaButton, Group, Input, Label, NumberField, Text } from 'react-aria-components'
import type { GroupSafety, Keep, Relay } from '../../../protocol/rpc/generated/types.ts'
import { formatSize } from '../format.ts'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Choices } from '../parts/fields.tsx'
import { InviteIcon } from '../parts/icons.tsx'
import { Avatar, personName } from '../parts/names.tsx'
import { useApp, useRelays } from '../state/app.ts'
import { administers } from '../state/standing.ts'
import { copy } from '../strings.ts'
import { isBeingShown, toneOf } from './safety-tone.ts'
import { SafetyIcon, useGroupSafety } from './safety.tsx'

const words = copy.safety
const MOST_COPIES = 99
const KEEPS = [
  { value: 'all', label: words.keep.all, hint: words.keep.allHint },
  { value: 'on-demand', label: words.keep['on-demand'], hint: words.keep['on-demandHint'] }
] as const

/** Whether this device may go offline, who could help, and how much is kept where. */
export function SafetyDialog({ relayKey, onclose }: { relayKey: string; onclose: () => void }) {
  const app = useApp()
  const relay = useRelays().value.find((known) => known.relayKey === relayKey)
  const safety = useGroupSafety(relayKey)
  if (relay === undefined) return null
  const alone = relay.members < 2
  return (
    <Dialog title={words.title} onclose={onclose}>
      {safety !== null && (
        <>
          <div className={`verdict ${toneOf(safety)}`} role='status'>
            <SafetyIcon safety={safety} />
            <div className='paragraphs'>
              <p>{verdict(safety)}</p>
              {safety.state !== 'safe' && safety.away.files > 0 && (
                <p>{words.away(safety.away.files, safety.state === 'only-here')}</p>
              )}
              {safety.state === 'only-here' && relay.online > 1 && !isBeingShown(safety) && (
                <p>{words.sharing}</p>
              )}
              {alone && safety.state !== 'safe' && <p>{words.alone}</p>}
            </div>
          </div>
          {alone && safety.state !== 'safe' && administers(relay) && (
            <Button kind='primary' onPress={() => app.dialog.set({ kind: 'invite', relay })}>
              <InviteIcon />
              {copy.group.invite}
            </Button>
          )}
          {!alone && safety.state !== 'safe' && <Helpers safety={safety} />}
          <Copies relay={relay} target={relay.copies ?? safety.target} />
        </>
      )}
      <Keeping relay={relay} />
    </Dialog>
  )
}

function verdict(safety: GroupSafety): string {
  const { state, here, few, onlyHere, needed } = safety
  const { words: said } = words
  if (here.files === 0) return said.none
  if (state === 'safe') return said.safe(here.files, formatSize(here.bytes))
  if (state === 'wait') return said.wait(few.files, formatSize(few.bytes), needed)
  if (isBeingShown(safety)) return said.shown(onlyHere.files, formatSize(onlyHere.bytes))
  return said['only-here'](onlyHere.files, formatSize(onlyHere.bytes))
}

function Helpers({ safety }: { safety: GroupSafety }) {
  const { helpers } = safety
  return (
    <section className='details-part'>
      <h3>{words.helpers}</h3>
      {helpers.length === 0 && <p className='muted'>{words.noHelpers}</p>}
      <ul className='holders'>
        {helpers.map(({ pubkey, name, online, files }) => (
          <li key={pubkey} className='holder'>
            <Avatar seed={pubkey} name={personName(pubkey, name)} shape='small' />
            <span className='holder-words'>
              <bdi>{personName(pubkey, name)}</bdi>
              <small className='muted'>{words.helper(online, files)}</small>
            </span>
          </li>
        ))}
      </ul>
      <p className='muted'>{words.ask}</p>
    </section>
  )
}

function Copies({ relay, target }: { relay: Relay; target: number }) {
  const app = useApp()
  const { relayKey } = relay
  const admin = administers(relay)
  const [copies, setCopies] = useState(target)
  const save = () =>
    app.attempt(async () => {
      if (admin) {
        const { name, about, picture } = relay
        await app.session.call('editGroup', { relayKey, name, about, picture, copies })
      } else await app.session.call('setCopies', { relayKey, copies })
      app.notices.say(words.copiesSaved(copies))
    })
  return (
    <div className='copies'>
      <NumberField
        className='field'
        value={copies}
        onChange={setCopies}
        minValue={1}
        maxValue={MOST_COPIES}
      >
        <Label>{words.copiesLabel}</Label>
        <Group className='stepper'>
          <AriaButton slot='decrement' className='button icon'>
            −
          </AriaButton>
          <Input className='input' />
          <AriaButton slot='increment' className='button icon'>
            +
          </AriaButton>
        </Group>
        <Text slot='description' className='hint'>
          {admin ? words.copiesHint.admin : words.copiesHint.member}
        </Text>
      </NumberField>
      {copies !== target && <Button onPress={save}>{words.save}</Button>}
    </div>
  )
}

function Keeping({ relay }: { relay: Relay }) {
  const app = useApp()
  const { relayKey } = relay
  const keep = relay.keep ?? 'all'
  const change = (next: Keep) =>
    app.attempt(async () => {
      await app.session.call('setKeep', { relayKey, keep: next })
      app.notices.say(words.keepSaved[next])
    })
  return (
    <div className='paragraphs'>
      <Choices label={words.keepLabel} choices={KEEPS} value={keep} onchange={change} />
      {relay.keptBytes ? (
        <p className='muted'>{words.keptHere(formatSize(relay.keptBytes))}</p>
      ) : null}
    </div>
  )
}
