import type { KeptFolder } from '../../../protocol/rpc/generated/types.ts'
import { Alert, Empty, ProblemWords } from '../parts/bits.tsx'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { FolderIcon, SyncIcon } from '../parts/icons.tsx'
import { useLive } from '../session/store.ts'
import { useApp } from '../state/app.ts'
import { foldersFeed } from '../state/feeds.ts'
import { copy } from '../strings.ts'

const words = copy.linkedFolders

/** The folders of this computer that are kept in step with a group, and how they do. */
export function LinkedFolders({ relayKey, onclose }: { relayKey: string; onclose: () => void }) {
  const app = useApp()
  const { value } = useLive(foldersFeed(app.session))
  const folders = value.filter((folder) => folder.relayKey === relayKey)
  const add = () => app.dialog.set({ kind: 'folder-path', relayKey, into: '', kept: true })
  return (
    <Dialog title={words.title} onclose={onclose}>
      {folders.length === 0 ? (
        <Empty icon={<SyncIcon />} title={words.emptyTitle} text={words.emptyText}>
          <Button kind='primary' onPress={add}>
            {words.add}
          </Button>
        </Empty>
      ) : (
        <>
          <ul className='linked-folders'>
            {folders.map((folder) => (
              <Linked key={folder.folder} folder={folder} />
            ))}
          </ul>
          <div className='actions'>
            <Button onPress={add}>{words.add}</Button>
            <Button kind='primary' onPress={onclose}>
              {copy.dialog.done}
            </Button>
          </div>
        </>
      )}
    </Dialog>
  )
}

function Linked({ folder: kept }: { folder: KeptFolder }) {
  const app = useApp()
  const { relayKey, folder, state, files, missing, leftOut, problem } = kept
  const stop = () =>
    app.confirm(
      {
        title: words.stopTitle,
        text: [folder, words.stopText],
        action: words.stop,
        run: () => app.session.call('unlinkFolder', { relayKey, folder })
      },
      words.stopped
    )
  const accept = () =>
    app.confirm(
      {
        title: words.acceptTitle,
        text: [folder, words.acceptText],
        action: words.accept,
        run: () => app.session.call('linkFolder', { relayKey, folder, acceptDeletions: true })
      },
      words.accepted
    )
  return (
    <li className='linked-folder'>
      <span className='thumb kind folder'>
        <FolderIcon />
      </span>
      <span className='file-words'>
        <bdi className='linked-path'>{folder}</bdi>
        <span className='file-facts'>
          <span className={`kept-state ${state}`}>{words.states[state]}</span>
          <span>{words.files(files)}</span>
          {missing > 0 && <span>{words.missing(missing)}</span>}
          {leftOut > 0 && <span>{words.leftOut(leftOut)}</span>}
        </span>
      </span>
      <Button kind='quiet' aria-label={words.stopNamed(folder)} onPress={stop}>
        {words.stop}
      </Button>
      {problem && (
        <Alert>
          <ProblemWords problem={problem} />
          {state === 'paused' && (
            <Button kind='link' onPress={accept}>
              {words.accept}
            </Button>
          )}
        </Alert>
      )}
    </li>
  )
}
