import type { Relay } from '../../../protocol/rpc/generated/types.ts'
import { Button } from '../parts/button.tsx'
import { WarnIcon } from '../parts/icons.tsx'
import { plainName } from '../plain-text.ts'
import { useApp } from '../state/app.ts'
import type { Ended } from '../state/standing.ts'
import { copy } from '../strings.ts'

/** Asks, and then takes a group off this device. */
export function useForget(relay: Relay): () => void {
  const app = useApp()
  const name = plainName(relay.name)
  const { relayKey } = relay
  return () => {
    const run = async () => {
      await app.session.call('forgetGroup', { relayKey })
      app.drafts.clear(relayKey)
      app.depart()
    }
    const text = [copy.ended.forgetText]
    const ask = { title: copy.ended.forgetTitle(name), text, action: copy.ended.forget, run }
    app.confirm(ask, copy.ended.forgotten(name))
  }
}

/** Says that a group is over for us, or what it takes to go on; offers to take it off this device. */
export function EndedBanner({ relay, end }: { relay: Relay; end: Ended }) {
  const app = useApp()
  const forget = useForget(relay)
  const letIn = end === 'letIn'
  return (
    <div className='ended' role='alert'>
      <WarnIcon />
      <p>
        <strong>{copy.ended[end]}</strong> {letIn ? copy.ended.letInText : copy.ended.text}
      </p>
      {letIn && (
        <Button onPress={() => app.dialog.set({ kind: 'join', invite: '' })}>
          {copy.ended.join}
        </Button>
      )}
      <Button onPress={forget}>{copy.ended.forget}</Button>
    </div>
  )
}
