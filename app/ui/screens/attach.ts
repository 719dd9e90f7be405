import { useCallback } from 'react'
import type { ChosenFile } from '../intake/choose.ts'
import { useApp } from '../state/app.ts'
import { copy } from '../strings.ts'

/** What one event may carry; others leave out what is beyond */
const MOST_FILES = 64

/** Adds files to what is being written in a group, and shows it. */
export function useAttach(relayKey: string): (files: ChosenFile[]) => void {
  const app = useApp()
  return useCallback(
    (files) => {
      if (files.length === 0) return
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
