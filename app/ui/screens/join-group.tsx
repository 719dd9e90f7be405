import { useEffect, useState } from 'react'
import type { JoinPhase } from '../../../protocol/rpc/generated/types.ts'
import { findInvite, MOST_INVITE } from '../intake/invite-text.ts'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Field } from '../parts/fields.tsx'
import { DialogForm, useDeed } from '../parts/form.tsx'
import { plainName } from '../plain-text.ts'
import { useApp } from '../state/app.ts'
import { copy, explain } from '../strings.ts'

/** Pastes an invite, then waits for a member to let this one in. Closing cancels. */
export function JoinGroup({ first, onclose }: { first: string; onclose: () => void }) {
  const [invite, setInvite] = useState(first)
  const [joining, setJoining] = useState(false)
  const [wrong, setWrong] = useState<string | null>(null)
  const deed = useDeed()

  const stop = (reason: string) => {
    setJoining(false)
    deed.fail(reason)
  }
  const join = () => {
    const wrong = invite.trim() === '' ? copy.join.missing : copy.join.notFound
    if (findInvite(invite) === null) {
      setWrong(wrong)
      return document.querySelector<HTMLElement>('.dialog textarea')?.focus()
    }
    deed.fail(null)
    setJoining(true)
  }

  return (
    <Dialog title={copy.join.title} onclose={onclose} light={!joining && invite === ''}>
      {joining ? (
        <Joining invite={findInvite(invite) ?? invite} onclose={onclose} onfailed={stop} />
      ) : (
        <DialogForm
          onsubmit={join}
          onclose={onclose}
          action={deed.problem ? copy.join.again : copy.join.submit}
          deed={deed}
        >
          <Field
            label={copy.join.label}
            hint={copy.join.hint}
            value={invite}
            onChange={(next) => {
              setInvite(findInvite(next) ?? next.slice(0, MOST_INVITE))
              setWrong(null)
              deed.fail(null)
            }}
            problem={wrong}
            rows={4}
            mono
            autoFocus
          />
        </DialogForm>
      )}
    </Dialog>
  )
}

interface JoiningProps {
  invite: string
  onclose: () => void
  onfailed: (reason: string) => void
}

function Joining({ invite, onclose, onfailed }: JoiningProps) {
  const app = useApp()
  const [phase, setPhase] = useState<JoinPhase>('waiting')
  const [asked, setAsked] = useState<string | null>(null)

  // Leaving the screen leaves the stream, which cancels in the worker what no admin is asked
  useEffect(
    () =>
      app.session.follow(
        'joinRelay',
        { invite },
        ({ phase, relay, waitingId }) => {
          setPhase(phase)
          setAsked(phase === 'asked' ? (waitingId ?? null) : null)
          if (phase !== 'ready' || !relay) return
          app.enter(relay.relayKey)
          app.notices.say(copy.join.joined(plainName(relay.name)))
        },
        (error) => {
          if (error) onfailed(explain(error))
        }
      ),
    // The callbacks are new at each render of the dialog; the invite is what counts
    [app, invite]
  )

  return (
    <>
      <div className='joining' role='status'>
        <span className='spinner' />
        <div>
          <p className='joining-phase'>{copy.join.phases[phase]}</p>
          <p className='muted'>{copy.join.details[phase]}</p>
        </div>
      </div>
      <div className='actions'>
        {asked === null ? (
          <Button onPress={onclose}>{copy.dialog.cancel}</Button>
        ) : (
          <AskedActions id={asked} onclose={onclose} />
        )}
      </div>
    </>
  )
}

/** An admin may take days, so the dialog need not stay. */
function AskedActions({ id, onclose }: { id: string; onclose: () => void }) {
  const app = useApp()
  const cancel = () =>
    app.attempt(async () => {
      onclose()
      await app.session.call('cancelJoin', { id })
    })
  return (
    <>
      <Button onPress={cancel}>{copy.waiting.stop}</Button>
      <Button kind='primary' onPress={onclose}>
        {copy.waiting.keep}
      </Button>
    </>
  )
}
