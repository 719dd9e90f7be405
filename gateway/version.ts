import { readFileSync } from 'bare-fs'
import { fileURLToPath, URL } from 'bare-url'

/** Our version, from the package.json two folders above the compiled file. */
export const VERSION = readVersion()

function readVersion(): string {
  const path = fileURLToPath(new URL('../../package.json', import.meta.url))
  const text = readFileSync(path, { encoding: 'utf8' })
  return (JSON.parse(text as string) as { version: string }).version
}
