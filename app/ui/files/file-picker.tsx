import { useCallback, useRef, type ReactNode } from 'react'
import { chosenFolder } from '../intake/choose.ts'
import { useApp } from '../state/app.ts'

/** Whose choice is open in the browser: kept, also when what it was opened from is gone. */
let choosing: HTMLInputElement | null = null

interface Picker {
  /** What has to be in the page. */
  input: ReactNode
  /** Opens the choice. */
  open: () => void
}

/**
 * The browser's choice of files, or of a folder. What is chosen counts even when the input is
 * no longer in the page by then, because somebody else's file came and filled an empty list:
 * React hears nothing of such an input, so the input is listened to itself.
 */
export function useFilePicker(isFolder: boolean, onchosen: (list: FileList) => void): Picker {
  const input = useRef<HTMLInputElement>(null)
  const heard = useRef(onchosen)
  heard.current = onchosen
  const attach = useCallback((element: HTMLInputElement | null) => {
    if (element === null) return
    input.current = element
    element.onchange = () => {
      choosing = null
      const { files } = element
      if (files !== null && files.length > 0) heard.current(files)
      element.value = ''
    }
  }, [])
  const open = (): void => {
    choosing = input.current
    choosing?.click()
  }
  return {
    input: (
      <input
        ref={attach}
        type='file'
        multiple
        hidden
        aria-hidden='true'
        // What makes a browser offer folders has no name in React's types
        {...(isFolder ? { webkitdirectory: '' } : {})}
      />
    ),
    open
  }
}

/**
 * The browser's choice of a folder, whose files are then offered for adding.
 * @param into the folder of the group that they would go to; empty for the top
 */
export function useFolderPicker(relayKey: string, into: string): Picker {
  const app = useApp()
  return useFilePicker(true, (list) => {
    const found = chosenFolder(list)
    if (found.files.length > 0) app.dialog.set({ kind: 'add-folder', relayKey, into, found })
  })
}
