// Completes package-lock.json for every platform.
//
// bare-runtime names one optional package per platform. A registry mirror that
// carries only some of them makes npm write a lockfile without the others, and
// `npm ci` then refuses that lockfile everywhere ("Missing: bare-runtime-… from
// lock file"). An entry with version, os and cpu alone satisfies it: npm skips
// it where the platform differs, and resolves it where it matches.
import { readFileSync, writeFileSync } from 'node:fs'

const lockUrl = new URL('../package-lock.json', import.meta.url)
const lock = JSON.parse(readFileSync(lockUrl, 'utf8'))
const runtime = lock.packages['node_modules/bare-runtime']

for (const [name, version] of Object.entries(runtime.optionalDependencies)) {
  const path = 'node_modules/' + name
  if (lock.packages[path]) continue
  const [, os, cpu] = /^bare-runtime-([a-z0-9]+)-([a-z0-9]+)/.exec(name)
  lock.packages[path] = { version, optional: true, os: [os], cpu: [cpu] }
  console.log('added', name)
}

lock.packages = Object.fromEntries(
  Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
)
writeFileSync(lockUrl, JSON.stringify(lock, null, 2) + '\n')
