import { useEffect } from 'react'
import { FileDialogs, isFileDialog } from '../files/file-dialogs.tsx'
import { findInvite } from '../intake/invite-text.ts'
import { useLive } from '../session/store.ts'
import { useApp } from '../state/app.ts'
import { Confirm } from './confirm.tsx'
import { CreateGroup } from './create-group.tsx'
import { GroupSettings } from './group-settings.tsx'
import { InvitePeople } from './invite-people.tsx'
import { JoinGroup } from './join-group.tsx'
import { KeySheet } from './key-sheet.tsx'
import { Palette } from './palette.tsx'
import { Restore } from './restore.tsx'
import { Settings } from './settings/settings.tsx'

/** The dialog that is open, if any. An invite pasted anywhere offers to join. */
export function Dialogs() {
  const app = useApp()
  const dialog = useLive(app.dialog)
  useEffect(() => {
    const onpaste = (event: ClipboardEvent) => {
      const text = event.clipboardData?.getData('text/plain') ?? ''
      const invite = findInvite(text)
      if (event.defaultPrevented || inField(event.target) || invite === null) return
      if (app.config.get()?.displayName) app.dialog.set({ kind: 'join', invite })
    }
    addEventListener('paste', onpaste)
    return () => removeEventListener('paste', onpaste)
  }, [app])
  const close = () => app.closeDialog()
  if (dialog?.kind === 'create') return <CreateGroup onclose={close} />
  if (dialog?.kind === 'join') return <JoinGroup first={dialog.invite} onclose={close} />
  if (dialog?.kind === 'invite') return <InvitePeople relay={dialog.relay} onclose={close} />
  if (dialog?.kind === 'group') return <GroupSettings relayKey={dialog.relayKey} onclose={close} />
  if (dialog?.kind === 'confirm') return <Confirm ask={dialog.ask} onclose={close} />
  if (dialog !== null && isFileDialog(dialog)) {
    return <FileDialogs dialog={dialog} onclose={close} />
  }
  if (dialog?.kind === 'settings') return <Settings section={dialog.section} onclose={close} />
  if (dialog?.kind === 'restore') return <Restore onclose={close} />
  if (dialog?.kind === 'palette') return <Palette onclose={close} />
  if (dialog?.kind === 'keys') return <KeySheet onclose={close} />
  return null
}

function inField(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input, textarea')
}
