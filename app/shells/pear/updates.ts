/** Updates by Pear v2 itself: it fetches them, and runs the newest at the next start. */
import type { UpdateSource } from '../updates.ts'

/** What we use of Pear's global for updates. */
export type PearUpdates = Pick<PearGlobal, 'updates' | 'restart' | 'exit'>

/** @param leave closes all of ours: the next one needs our storage, and is started at once */
export function pearUpdates(pear: PearUpdates, leave: () => Promise<void>): UpdateSource {
  return {
    watch(listener) {
      const news = pear.updates(({ app, updating, updated }) => {
        if (app !== true) return // Pear's own versions are not ours to speak of
        if (updated === true) listener('updated')
        else if (updating === true) listener('updating')
      })
      news.on('error', () => undefined) // it breaks when Pear goes before us
    },
    async restart() {
      await leave()
      // Pear starts the next one and hangs up on us, which fails this very call. We
      // are ours to end: else two of us would be there.
      await pear.restart({ platform: false }).catch(() => undefined)
      pear.exit()
    }
  }
}
