import { memo, type ReactNode } from 'react'
import { Breadcrumb, Breadcrumbs } from 'react-aria-components'
import type { Relay } from '../../../protocol/rpc/generated/types.ts'
import { Button } from '../parts/button.tsx'
import { ExportIcon, FolderAddIcon, FolderIcon, ForthIcon, SyncIcon } from '../parts/icons.tsx'
import { MenuButton, type MenuEntry } from '../parts/menu-button.tsx'
import { Settled } from '../parts/settled.tsx'
import { useApp } from '../state/app.ts'
import type { FilesView } from '../state/files-view.ts'
import { endOf } from '../state/standing.ts'
import { copy } from '../strings.ts'
import { useFolderPicker } from './file-picker.tsx'
import { isNarrow } from './query.ts'
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
  const count = copy.files.count(inside, isNarrow(view.query) ? shown.all.length : inside)
  return (
    <div className='place-bar'>
      <Breadcrumbs
        className='way'
        aria-label={copy.files.way}
        onAction={(key) => ongo(String(key).slice(1))}
      >
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
      <span className='files-count'>{count}</span>
      <Settled words={count} />
      <FoldersMenu relay={relay} folder={folder} />
    </div>
  )
})

/** Folders of this computer: in, out, and kept in step. */
function FoldersMenu({ relay, folder }: { relay: Relay; folder: string }) {
  const app = useApp()
  const { relayKey } = relay
  const picker = useFolderPicker(relayKey, folder)
  const entries: MenuEntry[] = []
  const add = (label: string, icon: ReactNode, run: () => void) =>
    entries.push({ label, icon, run })
  if (endOf(relay) === null) {
    add(copy.folders.addFolder, <FolderAddIcon size={16} />, picker.open)
    add(copy.folders.byPath, <FolderIcon size={16} />, () =>
      app.dialog.set({ kind: 'folder-path', relayKey, into: folder, kept: false })
    )
  }
  add(copy.folders.exportAll, <ExportIcon size={16} />, () =>
    app.dialog.set({ kind: 'export', relayKey, files: null })
  )
  add(copy.folders.linked, <SyncIcon size={16} />, () =>
    app.dialog.set({ kind: 'folders', relayKey })
  )
  return (
    <>
      {picker.input}
      <MenuButton label={copy.folders.menu} entries={entries}>
        <FolderIcon />
        {copy.folders.menu}
      </MenuButton>
    </>
  )
}
