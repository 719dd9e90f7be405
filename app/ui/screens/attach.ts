import { useCallback } from 'react'
import { withoutSystem, type ChosenFile } from '../intake/choose.ts'
import { useApp, type App, type OpenDialog } from '../state/app.ts'
import { copy } from '../strings.ts'

/** What one event may carry; others leave out what is beyond */
const MOST_FILES = 64

/** Adds files to what is being written in a group, and shows it. A folder goes its own way. */
export function useAttach(relayKey: string): (files: ChosenFile[]) => void {
  const app = useApp()
  return useCallback(
    (files) => {
      if (files.length === 0) return
      const folder = files.some(({ path }) => path !== null)
      if (folder || files.length > MOST_FILES) {
        return app.dialog.set(addFolder(app, relayKey, files))
      }
      const all = [...app.drafts.of(relayKey).get().files, ...files]
      app.drafts.change(relayKey, { files: all.slice(0, MOST_FILES) })
      app.router.go(relayKey, 'conversation')
      if (all.length > MOST_FILES) {
        app.notices.say(copy.composer.tooMany(MOST_FILES, all.length - MOST_FILES), 'danger')
      }
      requestAnimationFrame(() => document.getElementById('composer')?.focus())
    },
    [app, relayKey]
  )
}

/** It goes where one is looking, when that is the files. */
function addFolder(app: App, relayKey: string, files: ChosenFile[]): OpenDialog {
  const seen = app.router.route.get().view === 'files'
  const into = seen ? app.filesViews.of(relayKey).get().folder : ''
  return { kind: 'add-folder', relayKey, into, found: withoutSystem(files) }
}
