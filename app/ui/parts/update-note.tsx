import { Button as AriaButton } from 'react-aria-components'
import { useLive } from '../session/store.ts'
import { useApp } from '../state/app.ts'
import { copy } from '../strings.ts'

/** A newer version: said quietly, and taken when its person wants it. */
export function UpdateNote() {
  const app = useApp()
  const state = useLive(app.update)
  if (state === 'none') return null
  if (state !== 'ready') return <span role='status'>{copy.update[state]}</span>
  return (
    <AriaButton
      className='problems-button'
      onPress={() => app.attempt(() => app.session.host.restart())}
    >
      {copy.update.ready}
    </AriaButton>
  )
}
