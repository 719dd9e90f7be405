import type { GroupSafety, Relay } from '../../../protocol/rpc/generated/types.ts'
import { useContext, useEffect, useState } from 'react'
import { Button as AriaButton } from 'react-aria-components'
import { ClockIcon, SafeIcon, UnsafeIcon } from '../parts/icons.tsx'
import { useLive } from '../session/store.ts'
import { useApp } from '../state/app.ts'
import { safetyFeed } from '../state/feeds.ts'
import { PeopleContext, type People } from '../state/people.ts'
import { endOf } from '../state/standing.ts'
import { copy } from '../strings.ts'
import { isBeingShown, toneOf } from './safety-tone.ts'

/** Whether this device may go offline, as far as one group is concerned; null while unknown. */
export function useGroupSafety(relayKey: string): GroupSafety | null {
  const app = useApp()
  const safety = useLive(safetyFeed(app.session)).value
  return safety?.groups.find((group) => group.relayKey === relayKey) ?? null
}

/** So long others may take to copy something before it is said that they have not, in ms */
const PATIENCE = 30_000
/** Characters of a name that have room beside a group's */
const MOST_NAME = 20

/**
 * Whether what is only here is on its way to somebody who is online: something of it changed a
 * moment ago.
 */
function useSharing(safety: GroupSafety | null, online: number): boolean {
  const files = safety?.state === 'only-here' ? safety.onlyHere.files : 0
  const [patient, setPatient] = useState(true)
  useEffect(() => {
    setPatient(true)
    if (files === 0) return
    const timer = setTimeout(() => setPatient(false), PATIENCE)
    return () => clearTimeout(timer)
  }, [files])
  // Who says to have all of it is asked to show it: nothing is to be copied any more
  return patient && files > 0 && online > 1 && safety !== null && !isBeingShown(safety)
}

/** The same in few words: the icon says it too. */
export function SafetyMark({ relay }: { relay: Relay }) {
  const app = useApp()
  const safety = useGroupSafety(relay.relayKey)
  const sharing = useSharing(safety, relay.online)
  const people = useContext(PeopleContext)
  if (safety === null || endOf(relay) !== null || safety.here.files === 0) return null
  const words = sharing ? sharingWords(safety, people) : shortWords(safety)
  // Who is alone has nobody yet who could have a copy: worth knowing, and no alarm
  const alone = relay.members < 2 ? ' alone' : ''
  return (
    <AriaButton
      className={`button quiet safety-mark ${sharing ? 'wait' : toneOf(safety)}${alone}`}
      aria-label={copy.safety.label(words)}
      onPress={() => app.dialog.set({ kind: 'safety', relayKey: relay.relayKey })}
    >
      {sharing ? <ClockIcon /> : <SafetyIcon safety={safety} />}
      <span>{words}</span>
    </AriaButton>
  )
}

/** Who could have a copy soon: the one other member who is online by name, more by their number. */
function sharingWords({ onlyHere, helpers }: GroupSafety, people: People | null): string {
  const { short } = copy.safety
  const others = people?.members.filter((one) => one.online && one.pubkey !== people.self) ?? []
  const [first] = others
  const named = others.length === 1 && first ? people?.nameOf(first.pubkey) : undefined
  const isShort = named !== undefined && named.length <= MOST_NAME
  const who = isShort ? named : short.others(Math.max(1, others.length))
  const said = helpers.map(({ online, files }) => (online ? files : 0))
  return short.sharing(who, Math.max(1, onlyHere.files - Math.max(0, ...said)))
}

export function SafetyIcon({ safety }: { safety: GroupSafety }) {
  const tone = toneOf(safety)
  if (tone === 'safe') return <SafeIcon />
  return tone === 'wait' ? <ClockIcon /> : <UnsafeIcon />
}

function shortWords(safety: GroupSafety): string {
  const { short } = copy.safety
  const { state, few, onlyHere } = safety
  if (isBeingShown(safety)) return short.shown(onlyHere.files)
  if (state === 'safe') return short.safe
  return state === 'wait' ? short.wait(few.files) : short['only-here'](onlyHere.files)
}
