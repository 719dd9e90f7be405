import { useState } from 'react'
import type { Invite, Relay } from '../../../protocol/rpc/generated/types.ts'
import { Button } from '../parts/button.tsx'
import { CopyField } from '../parts/copy-field.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Check, Choices } from '../parts/fields.tsx'
import { DialogForm, useDeed } from '../parts/form.tsx'
import { QrCode } from '../parts/qr-code.tsx'
import { plainName } from '../plain-text.ts'
import { useApp } from '../state/app.ts'
import { copy } from '../strings.ts'

const EXPIRIES = [
  { value: '3600', label: copy.invite.hour },
  { value: '86400', label: copy.invite.day },
  { value: '604800', label: copy.invite.week },
  { value: '0', label: copy.invite.forever }
] as const

const USES = [
  { value: '1', label: copy.invite.onePerson },
  { value: '10', label: copy.invite.tenPeople },
  { value: '0', label: copy.invite.anyNumber }
] as const

/** An invite and what it is good for. */
export interface MadeInvite {
  invite: Invite
  uses: number
  approval: boolean
}

interface InvitePeopleProps {
  relay: Relay
  /** One that was made before, to be shown again */
  known: MadeInvite | null
  onclose: () => void
}

export function InvitePeople({ relay, known, onclose }: InvitePeopleProps) {
  const [made, setMade] = useState(known)
  return (
    <Dialog title={copy.invite.title(plainName(relay.name))} onclose={onclose}>
      {made === null ? (
        <MakeInvite relay={relay} onmade={setMade} onclose={onclose} />
      ) : (
        <>
          <QrCode text={made.invite.invite} label={copy.qr.label} />
          <CopyField
            first
            label={copy.invite.linkLabel}
            text={made.invite.invite}
            hint={made.approval ? copy.invite.audienceAsked : copy.invite.audience}
          />
          <p>
            {made.invite.expiresAt > 0
              ? copy.invite.until(made.invite.expiresAt)
              : copy.invite.noLimit}{' '}
            {!made.approval && `${copy.invite.uses(made.uses)} `}
            {copy.invite.online[relay.access]}
          </p>
          <div className='actions'>
            <Button kind='quiet' onPress={() => setMade(null)}>
              {copy.invite.another}
            </Button>
            <Button onPress={onclose}>{copy.dialog.done}</Button>
          </div>
        </>
      )}
    </Dialog>
  )
}

interface MakeInviteProps {
  relay: Relay
  onmade: (made: MadeInvite) => void
  onclose: () => void
}

function MakeInvite({ relay, onmade, onclose }: MakeInviteProps) {
  const app = useApp()
  const [expiry, setExpiry] = useState<(typeof EXPIRIES)[number]['value']>('86400')
  const [uses, setUses] = useState<(typeof USES)[number]['value']>(
    relay.access === 'open' ? '0' : '1'
  )
  const [approval, setApproval] = useState(false)
  const deed = useDeed()

  const make = () =>
    deed.run(async () => {
      const { relayKey } = relay
      const limits = { expiresIn: Number(expiry), uses: approval ? 0 : Number(uses), approval }
      const invite = await app.session.call('createInvite', { relayKey, ...limits })
      onmade({ invite, uses: limits.uses, approval })
    })

  return (
    <DialogForm
      onsubmit={make}
      onclose={onclose}
      action={copy.invite.submit}
      working={copy.invite.making}
      deed={deed}
      ready
    >
      <Choices
        label={copy.invite.expiresLabel}
        choices={EXPIRIES}
        value={expiry}
        onchange={setExpiry}
        row
      />
      <Check
        label={copy.invite.approvalLabel}
        hint={copy.invite.approvalHint}
        value={approval}
        onchange={setApproval}
      />
      {!approval && (
        <Choices label={copy.invite.usesLabel} choices={USES} value={uses} onchange={setUses} row />
      )}
    </DialogForm>
  )
}
