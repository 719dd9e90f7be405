import type { ReactNode } from 'react'
import type { Relay } from '../../../protocol/rpc/generated/types.ts'
import { Button } from '../parts/button.tsx'
import { AttachIcon, InviteIcon, KeyIcon } from '../parts/icons.tsx'
import { useApp, useStatus } from '../state/app.ts'
import { administers } from '../state/standing.ts'
import { copy } from '../strings.ts'

/** What one does with a new group: bring people, and keep the key that made it. */
export function FirstSteps({ relay }: { relay: Relay }) {
  const app = useApp()
  const status = useStatus().value
  const alone = relay.members <= 1
  const unsaved = status !== null && !status.backedUpAt
  return (
    <div className='steps'>
      {administers(relay) && alone && (
        <Step
          icon={<InviteIcon />}
          label={copy.steps.invite}
          text={copy.steps.inviteText}
          run={() => app.dialog.set({ kind: 'invite', relay })}
        />
      )}
      <Step
        icon={<AttachIcon />}
        label={copy.steps.files}
        text={copy.steps.filesText}
        run={() => app.router.go(relay.relayKey, 'files')}
      />
      {unsaved && (
        <Step
          icon={<KeyIcon />}
          label={copy.steps.backup}
          text={copy.steps.backupText}
          run={() => app.dialog.set({ kind: 'settings', section: 'identity' })}
        />
      )}
    </div>
  )
}

interface StepProps {
  icon: ReactNode
  label: string
  text: string
  run: () => void
}

function Step({ icon, label, text, run }: StepProps) {
  return (
    <Button onPress={run}>
      {icon}
      <span>{label}</span>
      <small>{text}</small>
    </Button>
  )
}
