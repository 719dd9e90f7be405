/** Updates over the air by pear-runtime: fetched from the upgrade link, swapped at a restart. */
import type PearRuntime from 'pear-runtime'
import type { UpdateSource } from '../updates.ts'

/**
 * @param pear made with `app`, the path of the built app; without it nothing updates
 * @param relaunch starts the app anew, once the newer one is in its place
 */
export function updatesOf(pear: PearRuntime, relaunch: () => void | Promise<void>): UpdateSource {
  return {
    watch(listener) {
      pear.updater.on('updating', () => listener('updating'))
      pear.updater.on('updated', () => listener('updated'))
      pear.updater.on('error', () => listener('failed'))
      pear.on('error', () => listener('failed'))
    },
    async restart() {
      await pear.updater.applyUpdate()
      await relaunch()
    }
  }
}
