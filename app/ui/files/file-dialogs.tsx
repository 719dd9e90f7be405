import type { SharedFile } from '../../../protocol/rpc/generated/types.ts'
import type { FoundFiles } from '../intake/choose.ts'
import { later } from '../parts/later.tsx'
import type { Previewed } from './preview.tsx'

const AddFolder = later(async () => (await import('./add-folder.tsx')).AddFolder)
const ExportFiles = later(async () => (await import('./export-files.tsx')).ExportFiles)
const FolderByPath = later(async () => (await import('./folder-by-path.tsx')).FolderByPath)
const LinkedFolders = later(async () => (await import('./linked-folders.tsx')).LinkedFolders)
const Preview = later(async () => (await import('./preview.tsx')).Preview)
const SafetyDialog = later(async () => (await import('./safety-dialog.tsx')).SafetyDialog)

/** What opens above the page to do with files. */
export type FileDialog =
  | ({ kind: 'preview' } & Previewed)
  | { kind: 'add-folder'; relayKey: string; into: string; found: FoundFiles }
  | { kind: 'folder-path'; relayKey: string; into: string; kept: boolean }
  /** Null for all files */
  | { kind: 'export'; relayKey: string; files: readonly SharedFile[] | null }
  | { kind: 'folders'; relayKey: string }
  | { kind: 'safety'; relayKey: string }

const KINDS = new Set(['preview', 'add-folder', 'folder-path', 'export', 'folders', 'safety'])

export function isFileDialog(dialog: { kind: string }): dialog is FileDialog {
  return KINDS.has(dialog.kind)
}

export function FileDialogs({ dialog, onclose }: { dialog: FileDialog; onclose: () => void }) {
  const { relayKey } = dialog
  switch (dialog.kind) {
    case 'preview':
      return <Preview {...dialog} onclose={onclose} />
    case 'add-folder':
      return <AddFolder {...dialog} onclose={onclose} />
    case 'folder-path':
      return <FolderByPath {...dialog} onclose={onclose} />
    case 'export':
      return <ExportFiles {...dialog} onclose={onclose} />
    case 'folders':
      return <LinkedFolders relayKey={relayKey} onclose={onclose} />
    case 'safety':
      return <SafetyDialog relayKey={relayKey} onclose={onclose} />
  }
}
