import { memo } from 'react'
import { Toolbar } from 'react-aria-components'
import type { Relay, SharedFile } from '../../../protocol/rpc/generated/types.ts'
import { formatSize } from '../format.ts'
import { Button, IconButton } from '../parts/button.tsx'
import {
  CloseIcon,
  DownloadIcon,
  ExportIcon,
  LinkIcon,
  PinIcon,
  TrashIcon,
  UnpinIcon
} from '../parts/icons.tsx'
import { useApp } from '../state/app.ts'
import { copy } from '../strings.ts'
import type { FileDeeds } from './deeds.ts'

interface ActionBarProps {
  files: readonly SharedFile[]
  relay: Relay
  deeds: FileDeeds
  onclear: () => void
}

/** What can be done with what is selected. */
export const ActionBar = memo(function ActionBar(props: ActionBarProps) {
  const { files, relay, deeds, onclear } = props
  const app = useApp()
  const size = files.reduce((sum, file) => sum + file.size, 0)
  const missing = files.filter(({ here, phase }) => !here && phase !== 'fetching')
  const here = files.length > missing.length
  const pinned = files.every((file) => file.pinned)
  const removable = files.some(deeds.mayRemove)
  return (
    <Toolbar className='action-bar' aria-label={copy.files.selectionLabel}>
      <IconButton label={copy.files.clear} onPress={onclear}>
        <CloseIcon />
      </IconButton>
      <span className='action-count' role='status'>
        {copy.files.selected(files.length, formatSize(size))}
      </span>
      {missing.length > 0 && (
        <Button kind='quiet' onPress={() => deeds.get(missing)}>
          <DownloadIcon />
          <span>{copy.file.get}</span>
        </Button>
      )}
      {here && (
        <Button kind='quiet' onPress={() => deeds.save(files.filter((file) => file.here))}>
          <DownloadIcon />
          <span>{copy.file.save}</span>
        </Button>
      )}
      <Button
        kind='quiet'
        onPress={() => app.dialog.set({ kind: 'export', relayKey: relay.relayKey, files })}
      >
        <ExportIcon />
        <span>{copy.exporting.short}</span>
      </Button>
      {files.some(({ link }) => link) && (
        <Button kind='quiet' onPress={() => deeds.copyLinks(files)}>
          <LinkIcon />
          <span>{copy.file.copyLink}</span>
        </Button>
      )}
      <Button kind='quiet' onPress={() => deeds.pin(files, !pinned)}>
        {pinned ? <UnpinIcon /> : <PinIcon />}
        <span>{pinned ? copy.file.unpin : copy.file.pinShort}</span>
      </Button>
      {removable && (
        <Button
          kind='quiet'
          onPress={() => {
            deeds.remove(files)
            onclear()
          }}
        >
          <TrashIcon />
          <span>{copy.file.remove}</span>
        </Button>
      )}
    </Toolbar>
  )
})
