import { memo, type ReactNode } from 'react'
import {
  Breadcrumb,
  Breadcrumbs,
  Button as AriaButton,
  Menu,
  MenuItem,
  MenuTrigger,
  Popover
} from 'react-aria-components'
import type { Relay } from '../../../protocol/rpc/generated/types.ts'
import { Button } from '../parts/button.tsx'
import { ExportIcon, FolderAddIcon, FolderIcon, ForthIcon, SyncIcon } from '../parts/icons.tsx'
import { useApp } from '../state/app.ts'
import type { FilesView } from '../state/files-view.ts'
import { endOf } from '../state/standing.ts'
import { copy } from '../strings.ts'
import { useFolderPicker } from './folder-picker.tsx'
import { wayTo } from './tree.ts'
import type { ShownFiles } from './use-files.ts'

interface PlaceBarProps {
  relay: Relay
  view: FilesView
  shown: ShownFiles
  ongo: (folder: string) => void
}

/** Where one is, how many files there are, and what can be done with folders. */
export const PlaceBar = memo(function PlaceBar({ relay, view, shown, ongo }: PlaceBarProps) {
  const { folder } = view
  const way = wayTo(folder)
  const inside = shown.folders.reduce((sum, { files }) => sum + files, shown.files.length)
  return (
    <div className='place-bar'>
      <Breadcrumbs className='way' onAction={(key) => ongo(String(key).slice(1))}>
        {[{ path: '', name: copy.files.top }, ...way].map(({ path, name }) => (
          <Breadcrumb key={path} id={`/${path}`} className='step'>
            {path === folder ? (
              <bdi aria-current='location'>{name}</bdi>
            ) : (
              <Button kind='quiet' onPress={() => ongo(path)}>
                <bdi>{name}</bdi>
              </Button>
            )}
            {path !== folder && <ForthIcon size={14} />}
          </Breadcrumb>
        ))}
      </Breadcrumbs>
      <span className='files-count' role='status'>
        {copy.files.count(inside, shown.all.length)}
      </span>
      <FoldersMenu relay={relay} folder={folder} />
    </div>
  )
})

interface Deed {
  id: string
  label: string
  icon: ReactNode
  run: () => void
}

/** Folders of this computer: in, out, and kept in step. */
function FoldersMenu({ relay, folder }: { relay: Relay; folder: string }) {
  const app = useApp()
  const { relayKey } = relay
  const picker = useFolderPicker(relayKey, folder)
  const deeds: Deed[] = []
  const add = (id: string, label: string, icon: ReactNode, run: () => void) =>
    deeds.push({ id, label, icon, run })
  if (endOf(relay) === null) {
    add('add', copy.folders.addFolder, <FolderAddIcon size={16} />, picker.open)
    add('path', copy.folders.byPath, <FolderIcon size={16} />, () =>
      app.dialog.set({ kind: 'folder-path', relayKey, into: folder, kept: false })
    )
  }
  add('out', copy.folders.exportAll, <ExportIcon size={16} />, () =>
    app.dialog.set({ kind: 'export', relayKey, hashes: null })
  )
  add('kept', copy.folders.linked, <SyncIcon size={16} />, () =>
    app.dialog.set({ kind: 'folders', relayKey })
  )
  return (
    <>
      {picker.input}
      <MenuTrigger>
        <AriaButton className='button quiet'>
          <FolderIcon />
          {copy.folders.menu}
        </AriaButton>
        <Popover className='popover' placement='bottom end'>
          <Menu
            className='menu'
            aria-label={copy.folders.menu}
            items={deeds}
            onAction={(key) => deeds.find(({ id }) => id === key)?.run()}
          >
            {({ label, icon }) => (
              <MenuItem textValue={label}>
                {icon}
                {label}
              </MenuItem>
            )}
          </Menu>
        </Popover>
      </MenuTrigger>
    </>
  )
}
