import { useEffect } from 'react'
import { FileDialogs, isFileDialog } from '../files/file-dialogs.tsx'
import { findInvite } from '../intake/invite-text.ts'
import { later } from '../parts/later.tsx'
import { useLive } from '../session/store.ts'
import { useApp } from '../state/app.ts'

const Confirm = later(async () => (await import('./confirm.tsx')).Confirm)
const CreateGroup = later(async () => (await import('./create-group.tsx')).CreateGroup)
const GroupSettings = later(async () => (await import('./group-settings.tsx')).GroupSettings)
const InvitePeople = later(async () => (await import('./invite-people.tsx')).InvitePeople)
const JoinGroup = later(async () => (await import('./join-group.tsx')).JoinGroup)
const KeySheet = later(async () => (await import('./key-sheet.tsx')).KeySheet)
const Palette = later(async () => (await import('./palette.tsx')).Palette)
const Restore = later(async () => (await import('./restore.tsx')).Restore)
const Settings = later(async () => (await import('./settings/settings.tsx')).Settings)

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
  if (dialog?.kind === 'invite') {
    return <InvitePeople relay={dialog.relay} known={dialog.made ?? null} onclose={close} />
  }
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
