import type Corestore from 'corestore'
import type { HypertunaError } from '../protocol/errors.ts'
import type { Drive } from './files/drive.ts'
import type { RelayConfig } from './config-fields.ts'

/** Opens `<dir>/corestore`. */
export async function openStore(_dir: string, _known: RelayConfig): Promise<Corestore> {
  throw new Error('not written yet')
}

/** What is wrong with the drive that was opened, judged by what was known of it. */
export function checkDrive(_drive: Drive, _known: RelayConfig): HypertunaError | null {
  throw new Error('not written yet')
}
