import { memo, useEffect } from 'react'
import { Dialog as AriaDialog, GridList, Modal, ModalOverlay } from 'react-aria-components'
import type { Relay } from '../../../protocol/rpc/generated/types.ts'
import { Button, IconButton } from '../parts/button.tsx'
import { Empty } from '../parts/bits.tsx'
import { useEscape } from '../parts/escape.ts'
import { AddIcon, InviteIcon, KeyIcon, Mark, SettingsIcon } from '../parts/icons.tsx'
import { TalkPicture } from '../parts/pictures.tsx'
import { Avatar } from '../parts/names.tsx'
import { useLive } from '../session/store.ts'
import { useApp, useRelays, useStatus } from '../state/app.ts'
import { copy } from '../strings.ts'
import { Banner } from './banner.tsx'
import { GroupLine } from './group-line.tsx'
import { Group } from './group.tsx'
import { OpenGroups } from './open-groups.tsx'
import { useShortcuts } from './shortcuts.ts'
import { StatusBar } from './status-bar.tsx'
import { Transfers } from '../files/transfers.tsx'
import { WaitingGroups } from './waiting.tsx'

/** Groups on the left, the chosen one in the middle, transfers while there are any. */
export function Frame() {
  const app = useApp()
  const { value: relays } = useRelays()
  const { relayKey } = useLive(app.router.route)
  const relay = relays.find((known) => known.relayKey === relayKey)
  const only = relayKey === null && relays.length > 0 ? relays[0] : undefined

  useShortcuts(app)
  const busy = useLive(app.dialog) !== null

  // With nothing chosen, the first group is as good a start as any; but to go there closes a
  // dialog, and with it a joining whose group is in the list already
  useEffect(() => {
    if (only && !busy) app.router.go(only.relayKey)
  }, [app, only, busy])

  return (
    <div className='frame'>
      <Banner />
      <Sidebar relays={relays} chosen={relayKey} />
      <Drawer relays={relays} chosen={relayKey} />
      <main className='main' id='group'>
        {relay ? (
          <Group key={relay.relayKey} relay={relay} />
        ) : (
          <Empty icon={<TalkPicture />} level='h1' {...emptyWords(relayKey, relays)}>
            <OpenGroups />
            <Button onPress={() => app.dialog.set({ kind: 'join', invite: '' })}>
              {copy.frame.joinGroup}
            </Button>
          </Empty>
        )}
      </main>
      <Transfers />
      <StatusBar />
    </div>
  )
}

function emptyWords(relayKey: string | null, relays: Relay[]): { title: string; text: string } {
  if (relays.length === 0) return copy.waiting.empty
  if (relayKey === null) return { title: copy.frame.chooseTitle, text: copy.frame.chooseText }
  return { title: copy.group.goneTitle, text: copy.group.goneText }
}

/** In a narrow window the groups open above it: Escape, a press beside it or a choice closes it. */
function Drawer({ relays, chosen }: SidebarProps) {
  const { groupsOpen } = useApp()
  const open = useLive(groupsOpen)
  useEscape(open, () => groupsOpen.set(false))
  return (
    <ModalOverlay
      className='scrim drawer-place'
      isOpen={open}
      isDismissable
      onOpenChange={(next) => groupsOpen.set(next)}
    >
      <Modal className='drawer'>
        <AriaDialog aria-label={copy.frame.groups}>
          <Sidebar relays={relays} chosen={chosen} />
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  )
}

interface SidebarProps {
  relays: Relay[]
  chosen: string | null
}

const Sidebar = memo(function Sidebar({ relays, chosen }: SidebarProps) {
  const app = useApp()
  return (
    <nav className='sidebar' aria-label={copy.frame.groups}>
      <div className='brand'>
        <Mark />
        {copy.product}
      </div>
      <GridList
        className='groups'
        aria-label={copy.frame.groups}
        items={relays}
        selectionMode='single'
        selectionBehavior='replace'
        disallowEmptySelection
        selectedKeys={chosen === null ? [] : [chosen]}
        onSelectionChange={(keys) => {
          const [relayKey] = keys === 'all' ? [] : [...keys]
          if (relayKey !== undefined && relayKey !== chosen) app.router.go(String(relayKey))
          else app.groupsOpen.set(false)
        }}
      >
        {/* By its id the list knows it again in another place */}
        {(relay) => <GroupLine id={relay.relayKey} relay={relay} />}
      </GridList>
      <WaitingGroups />
      <div className='sidebar-ways'>
        <Button kind='quiet' onPress={() => app.dialog.set({ kind: 'create' })}>
          <AddIcon />
          {copy.frame.newGroup}
        </Button>
        <Button kind='quiet' onPress={() => app.dialog.set({ kind: 'join', invite: '' })}>
          <InviteIcon />
          {copy.frame.joinGroup}
        </Button>
      </div>
      <Me />
    </nav>
  )
})

function Me() {
  const app = useApp()
  const config = useLive(app.config)
  const status = useStatus().value
  const name = config?.displayName ?? ''
  return (
    <div className='me'>
      <Avatar seed={status?.pubkey ?? '000000'} name={name} />
      <bdi title={name}>{name}</bdi>
      {status !== null && !status.backedUpAt && (
        <span className='remind'>
          <IconButton
            label={copy.backup.remindTitle}
            hint={copy.backup.remind}
            onPress={() => app.dialog.set({ kind: 'settings', section: 'identity' })}
          >
            <KeyIcon />
          </IconButton>
        </span>
      )}
      <IconButton
        label={copy.frame.settings}
        onPress={() => app.dialog.set({ kind: 'settings', section: 'identity' })}
      >
        <SettingsIcon />
      </IconButton>
    </div>
  )
}
