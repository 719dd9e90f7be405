import { useMemo } from 'react'
import type { Relay, SharedFile } from '../../../protocol/rpc/generated/types.ts'
import { downloadUrl, isMedia, mediaUrl } from '../parts/media.ts'
import { shownName } from '../parts/names.tsx'
import { useApp, type App } from '../state/app.ts'
import { keyOf, recordOf } from '../state/known-files.ts'
import { administers, endOf, moderates } from '../state/standing.ts'
import { copy } from '../strings.ts'

/** Files that the browser is asked to save one by one; more go into a folder */
const MOST_SAVED = 8

export interface FileDeeds {
  get(files: readonly SharedFile[]): void
  pin(files: readonly SharedFile[], pinned: boolean): void
  copyLinks(files: readonly SharedFile[]): void
  save(files: readonly SharedFile[]): void
  remove(files: readonly SharedFile[]): void
  /** Takes a file away for good: nobody brings it again */
  block(file: SharedFile): void
  /** Whether we may block files */
  mayBlock: boolean
  /** Whether we may remove a file */
  mayRemove(file: SharedFile): boolean
  /** Opens the preview at one of the files that are seen together */
  open(file: SharedFile, together: readonly SharedFile[]): void
}

/**
 * What can be done with files of a group. Each says what it did, or why it could not. They are
 * the same as long as we may do the same there, whatever else changes in the group.
 */
export function useFileDeeds(relay: Relay, self: string | null): FileDeeds {
  const app = useApp()
  const { relayKey } = relay
  const ended = endOf(relay) !== null
  const [anyone, mayBlock] = [moderates(relay), administers(relay)]
  return useMemo(() => {
    const mayRemove = (file: SharedFile) => !ended && (anyone || file.pubkey === self)
    return fileDeeds(app, relayKey, { mayRemove, mayBlock })
  }, [app, relayKey, ended, anyone, mayBlock, self])
}

function fileDeeds(
  app: App,
  relayKey: string,
  { mayRemove, mayBlock }: Pick<FileDeeds, 'mayRemove' | 'mayBlock'>
): FileDeeds {
  return {
    mayRemove,
    mayBlock,
    get: (files) =>
      app.attempt(async () => {
        const wanted = files.filter(({ here, phase }) => !here && phase !== 'fetching')
        await Promise.all(
          wanted.map(({ hash }) => app.session.call('fetchFile', { relayKey, hash }))
        )
        const [first] = wanted
        if (first === undefined) return
        const one = wanted.length === 1
        app.notices.say(
          one ? copy.file.asked(shownName(first.name)) : copy.file.askedMany(wanted.length)
        )
      }),
    pin: (files, pinned) =>
      app.attempt(async () => {
        const name = pinned ? 'pinFile' : 'unpinFile'
        await Promise.all(files.map(({ hash }) => app.session.call(name, { relayKey, hash })))
        app.notices.say((pinned ? copy.file.pinDone : copy.file.unpinDone)(files.length))
      }),
    copyLinks: (files) => void copyLinks(app, files),
    save: (files) => {
      const urls = files.flatMap((file) => {
        const url = mediaUrl(file)
        return url === null ? [] : downloadUrl(url, file.name)
      })
      if (urls.length === files.length && urls.length <= MOST_SAVED) urls.forEach(saveAs)
      else {
        app.dialog.set({ kind: 'export', relayKey, files })
      }
    },
    remove: (files) => app.attempt(() => remove(app, relayKey, files, mayRemove)),
    block: (file) => block(app, relayKey, file),
    open: (file, together) => {
      // A row of files is gone through as long as there is something to see in it
      const keys = together.filter(({ mime }) => isMedia(mime)).map(keyOf)
      const shown = keyOf(file)
      const row = keys.includes(shown) ? keys : [shown]
      app.dialog.set({ kind: 'preview', relayKey, shown, together: row })
    }
  }
}

async function copyLinks(app: App, files: readonly SharedFile[]): Promise<void> {
  const links = files.flatMap(({ link }) => link ?? [])
  const [first] = links
  if (first === undefined) return app.notices.say(copy.file.noLink, 'danger')
  try {
    await navigator.clipboard.writeText(links.join('\n'))
    const outside = /^https?:/.test(first) ? copy.file.copied : copy.file.copiedInside
    app.notices.say(links.length === 1 ? outside : copy.file.copiedMany(links.length))
  } catch {
    app.notices.say(copy.file.copyFailed, 'danger') // the browser refuses without saying why
  }
}

/** What goes alone goes with a way back; with words or other files, not without being asked. */
async function remove(
  app: App,
  relayKey: string,
  files: readonly SharedFile[],
  mayRemove: (file: SharedFile) => boolean
): Promise<void> {
  const others = files.filter((file) => !mayRemove(file)).length
  if (others === files.length) return app.notices.say(copy.file.notYours, 'danger')
  if (others > 0) return app.notices.say(copy.file.someNotYours(others), 'danger')
  const records = new Set(files.map(recordOf))
  const eventIds = [...new Set(files.map(({ eventId }) => eventId))]
  const messages = await Promise.all(
    eventIds.map((eventId) => app.session.call('message', { relayKey, eventId }))
  )
  const going = new Set(messages.flatMap((message) => message.files.map(recordOf)))
  const bare = messages.every(({ content }) => content === '')
  if (bare && [...going].every((record) => records.has(record))) {
    const words = copy.file.removed(files.length, shownName(files[0]?.name))
    return app.removals.add({ relayKey, eventIds, records: [...records], words })
  }
  const { removeTitle, removeText, removeEverywhere, removeAction, removed } = copy.file
  const run = async () => {
    for (const eventId of eventIds) await app.session.call('deleteMessage', { relayKey, eventId })
  }
  app.confirm(
    {
      title: removeTitle(eventIds.length),
      text: [removeText(going.size), removeEverywhere],
      action: removeAction,
      run
    },
    removed(going.size, shownName(files[0]?.name))
  )
}

function block(app: App, relayKey: string, { hash, name }: SharedFile): void {
  const { blockTitle, blockText, blockAction, blocked, removeEverywhere } = copy.file
  const shown = shownName(name)
  const run = () => app.session.call('blockFile', { relayKey, hash })
  const text = [blockText, removeEverywhere]
  app.confirm({ title: blockTitle(shown), text, action: blockAction, run }, blocked(shown))
}

function saveAs(url: string): void {
  const link = document.createElement('a')
  link.href = url
  link.download = ''
  link.click()
}
