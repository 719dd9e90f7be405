import { coalesce } from './coalesce.ts'
import type { Config } from './config.ts'
import type { Drive } from './files/drive.ts'

/** How often the drive's version is kept in relay-config.json at most, in ms. */
const KEEP_VERSION = 2000

/** Only a version that is safely on the disk is one to insist on after a power cut. */
export async function keepVersion(drive: Drive, config: Config): Promise<void> {
  await config.update({ driveVersion: await drive.sync() })
}

/** Keeps the version whenever it is another. @returns how to stop */
export function followVersion(
  drive: Drive,
  config: Config,
  onfailure: (err: unknown) => void
): () => void {
  const keep = coalesce(KEEP_VERSION, () => void keepVersion(drive, config).catch(onfailure))
  drive.on('change', keep)
  return () => keep.stop()
}
