/** Updates over the air by pear-runtime: fetched from the upgrade link, swapped at a restart. */
import { join } from 'node:path'
import Corestore from 'corestore'
import Hyperswarm from 'hyperswarm/index.js' // it names no main file, which a release looks for
import PearRuntime from 'pear-runtime'
import { VERSION } from '../../../protocol/version.ts'
import type { UpdateSource } from '../updates.ts'
import type { BuiltApp } from './built-app.ts'

export interface UpgradeWish {
  /** Where what was fetched is kept. */
  readonly dir: string
  /** The pear:// link that is followed. */
  readonly upgrade: string
  /** What is swapped. */
  readonly app: BuiltApp
  /** DHT nodes as host:port; null for the public ones. */
  readonly bootstrap: string[] | null
  /** What runs now. */
  readonly version?: string
}

export interface FollowedUpgrade extends UpdateSource {
  /** Ends the swarm and closes the store: what was fetched so far stays. */
  close(): Promise<void>
}

/**
 * Follows the upgrade link. Store and swarm are ours: one of pear-runtime's own making
 * would be left running when it is closed.
 *
 * @param relaunch starts the app anew, once the newer one is in its place
 */
export function followUpgrade(
  { dir, upgrade, app, bootstrap, version = VERSION }: UpgradeWish,
  relaunch: () => void | Promise<void>
): FollowedUpgrade {
  const store = new Corestore(join(dir, 'pear-runtime', 'corestore'))
  const swarm = new Hyperswarm(bootstrap === null ? {} : { bootstrap })
  const { name, path } = app
  const pear = new PearRuntime({ dir, version, upgrade, name, app: path, store, swarm })
  const { updater } = pear
  swarm.on('connection', (connection) => {
    connection.on('error', () => undefined) // who leaves in the middle is no failure
    store.replicate(connection)
  })
  return {
    watch(listener) {
      updater.on('updating', () => listener('updating'))
      updater.on('updated', () => listener('updated'))
      updater.on('error', () => listener('failed'))
      pear.on('error', () => listener('failed'))
      const follow = async (): Promise<void> => {
        await pear.ready()
        swarm.join(updater.drive.core.discoveryKey, { client: true, server: false })
      }
      follow().catch(() => listener('failed'))
    },
    async restart() {
      await updater.applyUpdate()
      await relaunch()
    },
    close: () => pear.close()
  }
}
