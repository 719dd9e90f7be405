import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components'
import { Dialog } from '../../parts/dialog.tsx'
import { WarnIcon } from '../../parts/icons.tsx'
import { useApp, useStatus } from '../../state/app.ts'
import { copy } from '../../strings.ts'
import { AboutSettings } from './about.tsx'
import { GatewaySettings } from './gateways.tsx'
import { IdentitySettings } from './identity.tsx'
import { LookSettings } from './look.tsx'
import { NetworkSettings } from './network.tsx'
import { StorageSettings } from './storage.tsx'

export type SettingsSection = keyof typeof copy.settings.sections

const SECTIONS: Record<SettingsSection, () => React.ReactNode> = {
  identity: IdentitySettings,
  storage: StorageSettings,
  network: NetworkSettings,
  gateways: GatewaySettings,
  look: LookSettings,
  about: AboutSettings
}

interface SettingsProps {
  section: SettingsSection
  onclose: () => void
}

/** What is this person's and this device's; a group's own are with the group. */
export function Settings({ section, onclose }: SettingsProps) {
  const app = useApp()
  const status = useStatus().value
  const unsaved = status !== null && !status.backedUpAt
  return (
    <Dialog title={copy.settings.title} onclose={onclose} wide>
      <Tabs
        className='settings'
        orientation='vertical'
        selectedKey={section}
        onSelectionChange={(key) =>
          app.dialog.set({ kind: 'settings', section: key as SettingsSection })
        }
      >
        <TabList className='settings-list' aria-label={copy.settings.title}>
          {Object.entries(copy.settings.sections).map(([id, label]) => (
            <Tab key={id} id={id}>
              {label}
              {id === 'identity' && unsaved && (
                <>
                  <WarnIcon size={14} />
                  <span className='hidden-text'>{copy.backup.unsaved}</span>
                </>
              )}
            </Tab>
          ))}
        </TabList>
        {Object.entries(SECTIONS).map(([id, Section]) => {
          const label = copy.settings.sections[id as SettingsSection]
          return (
            <TabPanel key={id} id={id} className='settings-panel'>
              <h3 className='settings-title'>{label}</h3>
              <Section />
            </TabPanel>
          )
        })}
      </Tabs>
    </Dialog>
  )
}
