/** Holds the arrows of ARCHITECTURE.md: who may import whom. */
import { readdirSync, readFileSync } from 'bare-fs'
import type { Dirent } from 'bare-fs'
import { dirname, join, relative, resolve } from 'bare-path'
import { fileURLToPath, URL } from 'bare-url'
import test from 'brittle'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Which houses a house may import; its own is always allowed. */
const HOUSES: Record<string, string[]> = {
  protocol: [],
  worker: ['protocol'],
  gateway: ['protocol'],
  app: ['protocol']
}

/** Inside the worker: lower floors do not know of higher ones. */
const FLOORS: [floor: RegExp, forbidden: RegExp][] = [
  [/^worker\/network\//, /^worker\/(relays|files|serve|rpc|streams|views|worker|main)/],
  [/^worker\/relays\//, /^worker\/(files|serve|rpc|streams|views|worker|main)/],
  [/^worker\/files\//, /^worker\/(serve|rpc|streams|views|worker|main)/],
  [/^worker\/serve\//, /^worker\/(rpc|streams|views|worker|main)\.ts/]
]

interface Import {
  from: string
  to: string
}

function entries(folder: string): { name: string; folder: boolean }[] {
  const found = readdirSync(join(root, folder), { withFileTypes: true }) as Dirent<string>[]
  return found.map((entry) => ({
    name: `${folder}/${entry.name}`,
    folder: entry.isDirectory()
  }))
}

function sources(folder: string): string[] {
  const found: string[] = []
  for (const { name, ...entry } of entries(folder)) {
    if (entry.folder) found.push(...sources(name))
    else if (/\.(ts|tsx|mjs)$/.test(name) && !name.endsWith('.d.ts')) found.push(name)
  }
  return found
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), { encoding: 'utf8' }) as string
  const specifiers = text.matchAll(/(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+)'/g)
  return Array.from(specifiers, ([, specifier = '']) => ({
    from: file,
    to: relative(root, resolve(join(root, dirname(file)), specifier))
  }))
}

test('no house imports another, but for protocol, which imports none', (t) => {
  for (const [house, allowed] of Object.entries(HOUSES)) {
    const files = sources(house)
    t.ok(files.length > 0, `${house} has sources`)
    const wrong = files.flatMap(importsOf).filter(({ to }) => {
      const target = to.split('/')[0] ?? ''
      return target !== house && !allowed.includes(target)
    })
    t.alike(wrong, [], `${house} imports only ${['itself', ...allowed].join(', ')}`)
  }
})

test('inside the worker, no floor imports one above it', (t) => {
  const all = sources('worker').flatMap(importsOf)
  for (const [floor, forbidden] of FLOORS) {
    const wrong = all.filter(({ from, to }) => floor.test(from) && forbidden.test(to))
    t.alike(wrong, [], `${floor.source}`)
  }
})

test('Hyperdrive has one user, and the worker one swarm and one store', (t) => {
  const users = (what: RegExp): string[] =>
    sources('worker').filter((file) =>
      what.test(readFileSync(join(root, file), { encoding: 'utf8' }) as string)
    )
  // Ours, and those of others that are read where somebody has a copy.
  t.alike(users(/new Hyperdrive\(/).sort(), [
    'worker/files/drive-store.ts',
    'worker/files/replica.ts'
  ])
  t.alike(users(/new Hyperswarm\(/), ['worker/network/network.ts'])
  t.alike(users(/new (Gated)?(Core)?[Ss]tore\(/), ['worker/storage.ts'])
})

test('protocol does no I/O', (t) => {
  const banned =
    /from '(bare-fs|bare-http1|bare-https|bare-net|bare-tcp|hyperswarm|corestore|hyperdht|hyperdrive)/
  const wrong = sources('protocol').filter((file) =>
    banned.test(readFileSync(join(root, file), { encoding: 'utf8' }) as string)
  )
  t.alike(wrong, [], 'no module of files, sockets or stores')
})

test('what pear.config.json says of the app is what package.json says', (t) => {
  const read = (name: string): Record<string, unknown> =>
    JSON.parse(readFileSync(join(root, name), { encoding: 'utf8' }) as string)
  const [pear, pkg] = [read('pear.config.json'), read('package.json')]
  t.is(pear.name, pkg.name)
  t.is(pear.productName, pkg.productName)
})

test('every version is exact', (t) => {
  const pkg = JSON.parse(readFileSync(join(root, 'package.json'), { encoding: 'utf8' }) as string)
  const loose = Object.entries({ ...pkg.dependencies, ...pkg.devDependencies }).filter(
    ([, version]) => !/^\d+\.\d+\.\d+$/.test(version as string)
  )
  t.alike(loose, [])
})
