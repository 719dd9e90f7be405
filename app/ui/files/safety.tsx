import type { GroupSafety, Relay } from '../../../protocol/rpc/generated/types.ts'
import { Button as AriaButton } from 'react-aria-components'
import { ClockIcon, SafeIcon, UnsafeIcon } from '../parts/icons.tsx'
import { useLive } from '../session/store.ts'
import { useApp } from '../state/app.ts'
import { safetyFeed } from '../state/feeds.ts'
import { endOf } from '../state/standing.ts'
import { copy } from '../strings.ts'
import { isBeingShown, toneOf } from './safety-tone.ts'

/** Whether this device may go offline, as far as one group is concerned; null while unknown. */
export function useGroupSafety(relayKey: string): GroupSafety | null {
  const app = useApp()
  const safety = useLive(safetyFeed(app.session)).value
  return safety?.groups.find((group) => group.relayKey === relayKey) ?? null
}

/** The same in few words: the icon says it too. */
export function SafetyMark({ relay }: { relay: Relay }) {
  const app = useApp()
  const safety = useGroupSafety(relay.relayKey)
  if (safety === null || endOf(relay) !== null || safety.here.files === 0) return null
  const words = shortWords(safety)
  // Who is alone has nobody yet who could have a copy: worth knowing, and no alarm
  const alone = relay.members < 2 ? ' alone' : ''
  return (
    <AriaButton
      className={`button quiet safety-mark ${toneOf(safety)}${alone}`}
      aria-label={copy.safety.label(words)}
      onPress={() => app.dialog.set({ kind: 'safety', relayKey: relay.relayKey })}
    >
      <SafetyIcon safety={safety} />
      <span>{words}</span>
    </AriaButton>
  )
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
