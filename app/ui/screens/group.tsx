import { useMemo } from 'react'
import { FileTrigger, Tab, TabList, TabPanel, Tabs } from 'react-aria-components'
import type { Relay } from '../../../protocol/rpc/generated/types.ts'
import { chosen } from '../intake/choose.ts'
import { Button } from '../parts/button.tsx'
import { AddIcon, InviteIcon } from '../parts/icons.tsx'
import { formatNumber } from '../format.ts'
import { plainName } from '../plain-text.ts'
import { useLive } from '../session/store.ts'
import { useApp } from '../state/app.ts'
import { filesFeed } from '../state/feeds.ts'
import { usePeople } from '../state/people.ts'
import type { View } from '../state/route.ts'
import { copy } from '../strings.ts'
import { useAttach } from './attach.ts'
import { Composer } from './composer.tsx'
import { Conversation } from './conversation.tsx'
import { DropTarget } from './drop-target.tsx'
import { Files } from './files.tsx'
import { OpenGroups } from './open-groups.tsx'
import { PeopleList } from './people-list.tsx'

/** One group: its conversation, its files, its people. */
export function Group({ relay }: { relay: Relay }) {
  const app = useApp()
  const { view } = useLive(app.router.route)
  const people = usePeople(relay.relayKey)
  const files = useLive(filesFeed(app.session, relay.relayKey))
  const count = useMemo(() => (files.loaded ? files.value.size : relay.files), [files, relay.files])

  return (
    <div className='group'>
      <GroupHeader relay={relay} />
      <Tabs
        className='tabs'
        selectedKey={view}
        onSelectionChange={(key) => app.router.go(relay.relayKey, key as View)}
      >
        <TabList className='tab-list' aria-label={plainName(relay.name)}>
          <Tab id='conversation'>{copy.group.tabs.conversation}</Tab>
          <Tab id='files'>
            {copy.group.tabs.files} <span className='count'>{formatNumber(count)}</span>
          </Tab>
          <Tab id='people'>
            {copy.group.tabs.people} <span className='count'>{formatNumber(relay.members)}</span>
          </Tab>
        </TabList>
        <TabPanel id='conversation' className='panel panel-conversation'>
          <Conversation relay={relay} people={people} files={files.value} />
          <Composer relay={relay} />
        </TabPanel>
        <TabPanel id='files' className='panel'>
          <Files relay={relay} people={people} files={files.value} loaded={files.loaded} />
        </TabPanel>
        <TabPanel id='people' className='panel'>
          <PeopleList relay={relay} people={people} />
        </TabPanel>
      </Tabs>
      <DropTarget relay={relay} />
    </div>
  )
}

function GroupHeader({ relay }: { relay: Relay }) {
  const app = useApp()
  const attach = useAttach(relay.relayKey)
  const name = plainName(relay.name)
  return (
    <header className='group-header'>
      <OpenGroups />
      <div className='group-title'>
        <h1 title={name}>
          <bdi>{name}</bdi>
        </h1>
        <p className='muted'>
          {copy.group.access[relay.access]} · {copy.group.online(relay.online, relay.members)}
        </p>
      </div>
      {relay.role === 'admin' && (
        <Button onPress={() => app.dialog.set({ kind: 'invite', relay })}>
          <InviteIcon />
          <span>{copy.group.invite}</span>
        </Button>
      )}
      <FileTrigger
        allowsMultiple
        onSelect={(list) => attach([...(list ?? [])].map((file) => chosen(file)))}
      >
        <Button>
          <AddIcon />
          <span>{copy.group.addFiles}</span>
        </Button>
      </FileTrigger>
    </header>
  )
}
