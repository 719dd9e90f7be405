import { WarnIcon } from '../parts/icons.tsx'
import { useLive } from '../session/store.ts'
import { useApp, useStatus } from '../state/app.ts'
import { copy } from '../strings.ts'

/** What is wrong with the connections, above everything and in nobody's way. */
export function Banner() {
  const lost = useLive(useApp().session.link) === 'lost'
  const status = useStatus().value
  const offline = status?.network === 'offline' && status.peers === 0
  if (!lost && !offline) return null
  return (
    <p className={lost ? 'banner' : 'banner plain'} role={lost ? 'alert' : 'status'}>
      <WarnIcon />
      {lost ? copy.status.lost : copy.status.offlineText}
    </p>
  )
}
