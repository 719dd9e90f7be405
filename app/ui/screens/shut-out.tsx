import type { Relay } from '../../../protocol/rpc/generated/types.ts'
import { Button } from '../parts/button.tsx'
import { WarnIcon } from '../parts/icons.tsx'
import { useApp } from '../state/app.ts'
import { copy } from '../strings.ts'
import { useForget } from './ended.tsx'

/**
 * Says that members refuse us, which may mean a removal that nobody tells us of, or that
 * they have not heard of us yet; and what can be done. It goes when one of them knows us.
 */
export function ShutOutBanner({ relay }: { relay: Relay }) {
  const app = useApp()
  const forget = useForget(relay)
  return (
    <div className='ended' role='alert'>
      <WarnIcon />
      <p>
        <strong>{copy.shutOut.title}</strong> {copy.shutOut.text}
      </p>
      <Button onPress={() => app.dialog.set({ kind: 'join', invite: '' })}>
        {copy.shutOut.join}
      </Button>
      <Button onPress={forget}>{copy.ended.forget}</Button>
    </div>
  )
}
