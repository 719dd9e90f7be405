import type { ReactNode } from 'react'
import {
  AddIcon,
  FilesIcon,
  GearIcon,
  InviteIcon,
  KeyIcon,
  PeopleIcon,
  SafeIcon,
  SettingsIcon,
  WordsIcon
} from '../parts/icons.tsx'
import { Avatar } from '../parts/names.tsx'
import { plainName } from '../plain-text.ts'
import { useLive } from '../session/store.ts'
import { useApp, useRelays } from '../state/app.ts'
import { VIEWS, type View } from '../state/route.ts'
import { administers } from '../state/standing.ts'
import { copy } from '../strings.ts'
import { chooseFiles, KEYS } from './shortcuts.ts'

export interface Command {
  id: string
  label: string
  kind: string
  icon: ReactNode
  keys?: string
  run: () => void
}

const ICONS: Record<View, ReactNode> = {
  conversation: <WordsIcon />,
  files: <FilesIcon />,
  people: <PeopleIcon />
}

/** Everything that can be gone to or done from where one is. */
export function useCommands(): Command[] {
  const app = useApp()
  const { value: relays } = useRelays()
  const { relayKey } = useLive(app.router.route)
  const open = relays.find((known) => known.relayKey === relayKey)
  const act = (id: string, label: string, icon: ReactNode, run: () => void, keys?: string) => ({
    id,
    label,
    icon,
    run,
    keys,
    kind: copy.palette.action
  })
  const groups = relays.map((relay): Command => ({
    id: relay.relayKey,
    label: plainName(relay.name),
    kind: copy.palette.group,
    icon: <Avatar seed={relay.relayKey} name={relay.name} shape='square' />,
    run: () => app.router.go(relay.relayKey)
  }))
  const here = open
    ? [
        act('write', copy.palette.write, <WordsIcon />, () => app.write(open.relayKey), KEYS.write),
        act('add', copy.palette.add, <AddIcon />, chooseFiles, KEYS.add),
        ...VIEWS.map((view, at) => {
          const go = () => app.router.go(open.relayKey, view)
          const keys = KEYS.tabs.split(' ')[at]
          return act(view, copy.palette.open(copy.group.tabs[view]), ICONS[view], go, keys)
        }),
        ...(administers(open)
          ? [
              act('invite', copy.invite.title(plainName(open.name)), <InviteIcon />, () =>
                app.dialog.set({ kind: 'invite', relay: open })
              )
            ]
          : []),
        act('safety', copy.safety.title, <SafeIcon />, () =>
          app.dialog.set({ kind: 'safety', relayKey: open.relayKey })
        ),
        act('group', copy.group.settings, <GearIcon />, () =>
          app.dialog.set({ kind: 'group', relayKey: open.relayKey })
        )
      ]
    : []
  const dark = matchMedia('(prefers-color-scheme: dark)').matches
  const theme = app.config.get()?.theme ?? 'system'
  const next = (theme === 'system' ? dark : theme === 'dark') ? 'light' : 'dark'
  const always = [
    act('create', copy.frame.newGroup, <AddIcon />, () => app.dialog.set({ kind: 'create' })),
    act('join', copy.frame.joinGroup, <InviteIcon />, () =>
      app.dialog.set({ kind: 'join', invite: '' })
    ),
    act('backup', copy.backup.remind, <KeyIcon />, () =>
      app.dialog.set({ kind: 'settings', section: 'identity' })
    ),
    ...Object.entries(copy.settings.sections).map(([section, label]) =>
      act(`settings-${section}`, `${copy.settings.title}: ${label}`, <SettingsIcon />, () =>
        app.dialog.set({ kind: 'settings', section: section as 'identity' })
      )
    ),
    act('theme', copy.palette.theme[next], <SettingsIcon />, () =>
      app.attempt(() => app.save({ theme: next }))
    ),
    act('keys', copy.palette.sheet, <KeyIcon />, () => app.dialog.set({ kind: 'keys' }), KEYS.sheet)
  ]
  return [...groups, ...here, ...always]
}
