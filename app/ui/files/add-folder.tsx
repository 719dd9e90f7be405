import type { FoundFiles } from '../intake/choose.ts'
import { formatSize } from '../format.ts'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { FolderIcon } from '../parts/icons.tsx'
import { plainName } from '../plain-text.ts'
import { useApp, useRelays } from '../state/app.ts'
import { copy } from '../strings.ts'

interface AddFolderProps {
  relayKey: string
  /** The folder of the group that is open; empty for the top */
  into: string
  found: FoundFiles
  onclose: () => void
}

/** Says what would be added before it is: a folder is easily the wrong one, or a large one. */
export function AddFolder({ relayKey, into, found, onclose }: AddFolderProps) {
  const app = useApp()
  const relay = useRelays().value.find((known) => known.relayKey === relayKey)
  const { files, leftOut } = found
  const size = files.reduce((sum, { file }) => sum + file.size, 0)
  const name = nameOf(found)
  const add = () => {
    const placed = into === '' ? files : files.map((file) => placeIn(into, file))
    app.intake.add(relayKey, name, placed)
    onclose()
    app.notices.say(copy.addFolder.started(name))
  }
  return (
    <Dialog title={copy.addFolder.title(plainName(relay?.name ?? ''))} onclose={onclose}>
      <div className='folder-summary'>
        <span className='thumb kind folder'>
          <FolderIcon size={24} />
        </span>
        <span className='file-words'>
          <bdi className='folder-name'>{name}</bdi>
          <span className='muted'>
            {files.length === 0
              ? copy.addFolder.empty
              : copy.addFolder.found(files.length, formatSize(size))}
          </span>
        </span>
      </div>
      <div className='paragraphs'>
        {into !== '' && (
          <p>
            <bdi>{copy.addFolder.into(into)}</bdi>
          </p>
        )}
        <p className='muted'>{copy.addFolder.asFolder}</p>
        {leftOut > 0 && <p className='muted'>{copy.addFolder.leftOut(leftOut)}</p>}
      </div>
      <div className='actions'>
        <Button onPress={onclose}>{copy.dialog.cancel}</Button>
        <Button kind='primary' isDisabled={files.length === 0} onPress={add} autoFocus>
          {copy.addFolder.submit(files.length)}
        </Button>
      </div>
    </Dialog>
  )
}

function nameOf({ files }: FoundFiles): string {
  const tops = new Set(files.map(({ path }) => path?.split('/')[0] ?? ''))
  const [top = ''] = tops
  return (tops.size === 1 && plainName(top)) || copy.addFolder.many(files.length)
}

function placeIn(folder: string, file: FoundFiles['files'][number]): FoundFiles['files'][number] {
  return { ...file, path: `${folder}/${file.path ?? file.name}` }
}
