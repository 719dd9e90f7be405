/** Saves the configuration in `<dir>` again and again; a line for each time. */
import process from 'bare-process'
import { loadOrCreateConfig } from '../../../worker/config.ts'

const config = await loadOrCreateConfig(process.argv[2] ?? '')
for (let i = 0; ; i = (i + 1) % 50) {
  const relays = Array.from({ length: i }, (_, n) => ({
    relayKey: n.toString(16).padStart(64, '0'),
    publicIdentifier: 'npub1x:friends',
    name: 'Friends',
    access: 'closed' as const,
    autoConnect: true,
    keep: 'all' as const,
    joinedAt: 1
  }))
  await config.update({ driveVersion: i, relays })
  console.log(i)
}
