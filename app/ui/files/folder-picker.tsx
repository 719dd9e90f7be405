import { useRef, type ReactNode } from 'react'
import { chosenFolder } from '../intake/choose.ts'
import { useApp } from '../state/app.ts'

/**
 * The browser's choice of a folder, whose files are then offered for adding.
 * @param into the folder of the group that they would go to; empty for the top
 * @returns what has to be in the page, and what opens the choice
 */
export function useFolderPicker(
  relayKey: string,
  into: string
): { input: ReactNode; open: () => void } {
  const app = useApp()
  const picker = useRef<HTMLInputElement>(null)
  const input = (
    <input
      ref={picker}
      type='file'
      hidden
      // What makes a browser offer folders has no name in React's types
      {...{ webkitdirectory: '' }}
      aria-hidden='true'
      onChange={(event) => {
        const found = chosenFolder(event.currentTarget.files)
        event.currentTarget.value = ''
        if (found.files.length > 0) {
          app.dialog.set({ kind: 'add-folder', relayKey, into, found })
        }
      }}
    />
  )
  return { input, open: () => picker.current?.click() }
}
