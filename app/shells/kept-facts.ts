import { HypertunaError } from '../../protocol/errors.ts'
import type { Status } from '../../protocol/rpc/generated/types.ts'
import type { Log } from './log.ts'
import type { UserConfig } from './user-config.ts'

/**
 * Keeps in `user-config.json` what one worker tells: its driveKey, and a name that somebody
 * gave it elsewhere (`hypertuna name`). Only a name that changes counts: while the page saves
 * another one, the worker still tells the one before.
 *
 * @returns to be called with each status of that worker
 */
export function keptFacts(userConfig: UserConfig, log: Log): (status: Status) => void {
  const kept = { driveKey: '', name: '' }
  return ({ driveKey, name: given }) => {
    const name = given ?? ''
    const change: { driveKey?: string; displayName?: string } = {}
    if (driveKey !== '' && driveKey !== kept.driveKey) change.driveKey = driveKey
    if (name !== '' && name !== kept.name) change.displayName = name
    Object.assign(kept, { driveKey, name })
    if (Object.keys(change).length === 0) return
    userConfig.update(change).catch((err: unknown) => {
      log('user-config-failed', { reason: HypertunaError.from(err).message })
    })
  }
}
