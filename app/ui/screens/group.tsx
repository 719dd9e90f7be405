import { memo, useEffect, useRef, type ReactNode } from 'react'
import { FileTrigger } from 'react-aria-components'
import type { Relay } from '../../../protocol/rpc/generated/types.ts'
import { chosen } from '../intake/choose.ts'
import { Button, IconButton } from '../parts/button.tsx'
import { AddIcon, GearIcon, InviteIcon } from '../parts/icons.tsx'
import { later } from '../parts/later.tsx'
import { Tabs, type TabOf } from '../parts/tabs.tsx'
import { formatNumber } from '../format.ts'
import { plainName } from '../plain-text.ts'
import { useLive } from '../session/store.ts'
import { useApp } from '../state/app.ts'
import { focusPlace } from '../state/focus-return.ts'
import { PeopleContext, usePeople } from '../state/people.ts'
import type { View } from '../state/route.ts'
import { useFileChanges } from '../state/use-file.ts'
import { administers, endOf, isShutOut } from '../state/standing.ts'
import { copy } from '../strings.ts'
import { useAttach } from './attach.ts'
import { Composer } from './composer.tsx'
import { Conversation } from './conversation.tsx'
import { DropTarget } from './drop-target.tsx'
import { EndedBanner } from './ended.tsx'
import { SafetyMark } from '../files/safety.tsx'
import { OpenGroups } from './open-groups.tsx'
import { Pinned } from './pinned.tsx'
import { ShutOutBanner } from './shut-out.tsx'

const Files = later(async () => (await import('../files/files.tsx')).Files)
const PeopleList = later(async () => (await import('./people-list.tsx')).PeopleList)

/** One group: its conversation, its files, its people. */
export const Group = memo(function Group({ relay }: { relay: Relay }) {
  const app = useApp()
  const { view } = useLive(app.router.route)
  const people = usePeople(relay.relayKey)
  const end = endOf(relay)
  return (
    <PeopleContext value={people}>
      <div className='group'>
        <FileChanges relayKey={relay.relayKey} />
        <GroupHeader relay={relay} />
        {end !== null && <EndedBanner relay={relay} end={end} />}
        {isShutOut(relay) && <ShutOutBanner relay={relay} />}
        <GroupTabs relay={relay} view={view}>
          {view === 'conversation' && (
            <>
              <Pinned relay={relay} people={people} />
              <Conversation relay={relay} people={people} />
              {end === null && <Composer relay={relay} people={people} />}
            </>
          )}
          {view === 'files' && <Files relay={relay} people={people} />}
          {view === 'people' && <PeopleList relay={relay} people={people} />}
        </GroupTabs>
        {end === null && <DropTarget relay={relay} />}
      </div>
    </PeopleContext>
  )
})

/** Before the conversation, whose files change by it. */
function FileChanges({ relayKey }: { relayKey: string }) {
  useFileChanges(relayKey)
  return null
}

interface GroupTabsProps {
  relay: Relay
  view: View
  children: ReactNode
}

function GroupTabs({ relay, view, children }: GroupTabsProps) {
  const { router, dialog } = useApp()
  const { conversation, files, people } = copy.group.tabs
  // What led here may have been in the view that is gone
  const before = useRef(view)
  useEffect(() => {
    if (before.current === view) return
    before.current = view
    const frame = requestAnimationFrame(() => {
      if (dialog.get() === null) focusPlace()
    })
    return () => cancelAnimationFrame(frame)
  }, [view, dialog])
  const tabs: TabOf<View>[] = [
    { id: 'conversation', words: conversation },
    { id: 'files', words: <Counted words={files} count={relay.files} /> },
    {
      id: 'people',
      words: (
        <>
          <Counted words={people} count={relay.members} />
          <RequestCount relay={relay} />
        </>
      )
    }
  ]
  return (
    <Tabs
      label={plainName(relay.name)}
      tabs={tabs}
      chosen={view}
      onchoose={(id) => router.go(relay.relayKey, id)}
      panelClass={view === 'conversation' ? 'panel-conversation' : ''}
    >
      {children}
    </Tabs>
  )
}

function Counted({ words, count }: { words: string; count: number }) {
  return (
    <>
      {words} {count > 0 && <span className='count'>{formatNumber(count)}</span>}
    </>
  )
}

function GroupHeader({ relay }: { relay: Relay }) {
  const app = useApp()
  const attach = useAttach(relay.relayKey)
  const name = plainName(relay.name)
  const about = plainName(relay.about)
  return (
    <header className='group-header'>
      <OpenGroups />
      <div className='group-title'>
        <h1 title={name}>
          <bdi>{name}</bdi>
        </h1>
        <p className='muted'>
          {copy.group.access[relay.access]} · {presence(relay)}
          {about !== '' && <bdi title={about}> · {about}</bdi>}
        </p>
      </div>
      <SafetyMark relay={relay} />
      {administers(relay) && (
        <Button onPress={() => app.dialog.set({ kind: 'invite', relay })}>
          <InviteIcon />
          <span>{copy.group.invite}</span>
        </Button>
      )}
      {endOf(relay) === null && (
        <FileTrigger
          allowsMultiple
          onSelect={(list) => attach([...(list ?? [])].map((file) => chosen(file)))}
        >
          <Button>
            <AddIcon />
            <span>{copy.group.addFiles}</span>
          </Button>
        </FileTrigger>
      )}
      <IconButton
        label={copy.group.settings}
        onPress={() => app.dialog.set({ kind: 'group', relayKey: relay.relayKey })}
      >
        <GearIcon />
      </IconButton>
    </header>
  )
}

function presence(relay: Relay): string {
  const end = endOf(relay)
  if (end !== null) return copy.ended.short[end]
  return isShutOut(relay) ? copy.shutOut.short : copy.group.online(relay.online, relay.members)
}

/** Who waits for an answer of ours: seen from every tab. */
export function RequestCount({ relay }: { relay: Relay }) {
  const requests = administers(relay) ? (relay.requests ?? 0) : 0
  if (requests === 0) return null
  const words = copy.requests.count(requests)
  return (
    <span className='count asking' title={words}>
      {formatNumber(requests)}
      <span className='hidden-text'> {words}</span>
    </span>
  )
}
