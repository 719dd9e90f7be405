/** Updates by Pear v2 itself: it fetches them, and runs the newest at the next start. */
import type { UpdateSource } from '../updates.ts'

/** What we use of Pear's global for updates. */
export type PearUpdates = Pick<PearGlobal, 'updates' | 'restart'>

export function pearUpdates(pear: PearUpdates): UpdateSource {
  return {
    watch(listener) {
      const news = pear.updates(({ app, updating, updated }) => {
        if (app !== true) return // Pear's own versions are not ours to speak of
        if (updated === true) listener('updated')
        else if (updating === true) listener('updating')
      })
      news.on('error', () => undefined) // it breaks when Pear goes before us
    },
    restart: () => pear.restart({ platform: false })
  }
}
