/** What the relays say they support is what the guide shows, test by test. */
import test from 'brittle'
import { existsSync, readFileSync } from 'bare-fs'
import { fileURLToPath } from 'bare-url'
import { SUPPORTED_NIPS } from '../../protocol/relay-information.ts'

const file = (path: string): string =>
  fileURLToPath(new URL('../../../docs/' + path, import.meta.url).href)

test('NIP-11 names the NIPs of the guide, and each has its tests', (t) => {
  const rows = Array.from(
    String(readFileSync(file('nostr.md'))).matchAll(
      /^\| (\d\d) +\| ([^|]+)\| ([^|]+)\| ([^|]+)\|$/gm
    )
  )
  t.alike([...new Set(rows.map(([, nip]) => Number(nip)))], SUPPORTED_NIPS)
  for (const [, nip, what, shown = '', refused] of rows) {
    const tests = Array.from(shown.matchAll(/\]\(([^)]+\.test\.ts)\)/g), ([, path]) => path!)
    t.ok(tests.length > 0 && tests.every((path) => existsSync(file(path))), `NIP-${nip}`)
    t.ok(what!.trim() !== '' && refused!.trim() !== '')
  }
})
