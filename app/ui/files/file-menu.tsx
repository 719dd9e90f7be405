import type { SharedFile } from '../../../protocol/rpc/generated/types.ts'
import {
  DownloadIcon,
  InfoIcon,
  LinkIcon,
  LockIcon,
  OpenIcon,
  PinIcon,
  TrashIcon,
  UnpinIcon
} from '../parts/icons.tsx'
import { MenuButton, type MenuEntry } from '../parts/menu-button.tsx'
import { shownName } from '../parts/names.tsx'
import { copy } from '../strings.ts'
import type { FileDeeds } from './deeds.ts'

interface FileMenuProps {
  file: SharedFile
  deeds: FileDeeds
  ondetails: (file: SharedFile) => void
  /** Its tabindex */
  reach: number
}

/** What can be done with one file. */
export function FileMenu({ reach, ...props }: FileMenuProps) {
  const label = copy.files.menu(shownName(props.file.name))
  return <MenuButton label={label} entries={() => entriesOf(props)} reach={reach} />
}

function entriesOf({ file, deeds, ondetails }: Omit<FileMenuProps, 'reach'>): MenuEntry[] {
  const size = 16
  const { file: words } = copy
  const entries: MenuEntry[] = [
    { label: words.open, icon: <OpenIcon size={size} />, run: () => deeds.open(file, [file]) },
    { label: words.details, icon: <InfoIcon size={size} />, run: () => ondetails(file) }
  ]
  const down = <DownloadIcon size={size} />
  if (file.here) entries.push({ label: words.save, icon: down, run: () => deeds.save([file]) })
  else if (file.phase !== 'fetching') {
    entries.push({ label: words.get, icon: down, run: () => deeds.get([file]) })
  }
  if (file.link) {
    const run = () => deeds.copyLinks([file])
    entries.push({ label: words.copyLink, icon: <LinkIcon size={size} />, run })
  }
  entries.push(
    file.pinned
      ? { label: words.unpin, icon: <UnpinIcon size={size} />, run: () => deeds.pin([file], false) }
      : { label: words.pin, icon: <PinIcon size={size} />, run: () => deeds.pin([file], true) }
  )
  if (deeds.mayRemove(file)) {
    const icon = <TrashIcon size={size} />
    entries.push({ label: words.remove, icon, danger: true, run: () => deeds.remove([file]) })
  }
  if (deeds.mayBlock) {
    const icon = <LockIcon size={size} />
    entries.push({ label: words.block, icon, danger: true, run: () => deeds.block(file) })
  }
  return entries
}
