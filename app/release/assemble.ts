/** Puts together the folders that are deployed: only files that something needs. */
import b4a from 'b4a'
import { copyFile, mkdir, opendir, readFile, rm, stat, writeFile } from 'bare-fs/promises'
import { dirname, join } from 'bare-path'
import { sha256 } from '../../protocol/sha256.ts'
import { oneHigher } from '../build/head.ts'
import { filesNeeded, packProgram, type GraphOptions } from './graph.ts'

/** Modules that the host brings: Node's own, Electron's, and what only one system has. */
const GIVEN = [
  ...['electron', 'msix-manager', 'bare-sidecar', 'pear-electron/pre'],
  ...['assert', 'buffer', 'child_process', 'crypto', 'dns', 'events', 'fs', 'fs/promises', 'http'],
  ...['https', 'module', 'net', 'os', 'path', 'perf_hooks', 'process', 'querystring', 'stream'],
  ...['string_decoder', 'timers', 'tls', 'tty', 'url', 'util', 'worker_threads', 'zlib']
].flatMap((name) => [name, `node:${name}`])

/**
 * What is kept of a package's manifest: what looking up its modules needs. Its
 * `engines` is not, because the Bare of Pear refuses packages that want a newer
 * one, though it runs them.
 */
const KEPT = ['name', 'version', 'license', 'type', 'main', 'exports', 'imports', 'addon', 'pear']

export interface Part {
  readonly name: string
  readonly folder: string
  readonly files: number
  readonly bytes: number
}

export interface Workshop {
  /** The project's folder, built. */
  readonly root: string
  readonly platforms: readonly string[]
}

/** The folder that Pear v2 runs and stages. */
export async function assemblePear(
  { root, platforms }: Workshop,
  folder: string,
  manifest: object
): Promise<Part> {
  await empty(folder)
  const graph: GraphOptions = { root, platforms, runtime: 'bare', given: GIVEN }
  const entries = [
    ...['dist/app/shells/pear/main.js', 'dist/worker/main.js'],
    ...['dist/worker/verify/thread.js', 'dist/worker/own-key/thread.js'],
    'node_modules/pear-electron/pre.js'
  ]
  const files = await filesNeeded(entries, graph)
  await copyAll(root, folder, [...files, 'node_modules/pear-bridge/not-found.html', 'LICENSE'])
  await copyFolder(join(root, 'dist/ui'), folder)
  await write(join(folder, 'index.js'), "import './app/shells/pear/main.js'\n")
  await writeManifest(folder, manifest)
  return await describe('pear', folder)
}

/** The Electron app, ready to be packaged: its page, its main, and the worker in one file. */
export async function assembleDesktop(
  { root, platforms }: Workshop,
  folder: string,
  manifest: object
): Promise<Part> {
  await empty(folder)
  const entries = ['dist/app/shells/electron/main.js', 'node_modules/require-asset/lib/node.js']
  const files = await filesNeeded(entries, { root, platforms, runtime: 'node', given: GIVEN })
  // Its modules name files that only one system has, so they cannot be followed.
  const sidecar = ['index.js', 'package.json', 'lib/bare.js', 'LICENSE']
  for (const platform of platforms) {
    sidecar.push(`prebuilds/${platform}/bare${platform.startsWith('win32') ? '.exe' : ''}`)
  }
  await copyAll(root, folder, [
    ...files,
    ...sidecar.map((file) => `node_modules/bare-sidecar/${file}`),
    'dist/app/shells/electron/preload.cjs',
    'pear.config.json',
    'LICENSE'
  ])
  await copyFolder(join(root, 'dist/ui'), join(folder, 'ui'))
  await packWorker({ root, platforms }, join(folder, 'worker.bundle'))
  await writeManifest(folder, manifest)
  return await describe('desktop', folder)
}

/** A gateway that runs with Bare alone: `bare gateway/main.js`. */
export async function assembleGateway(
  { root, platforms }: Workshop,
  folder: string,
  version: string
): Promise<Part> {
  await empty(folder)
  const graph: GraphOptions = { root, platforms, runtime: 'bare', given: GIVEN }
  await copyAll(root, folder, [...(await filesNeeded(['dist/gateway/main.js'], graph)), 'LICENSE'])
  const own = { name: 'hypertuna-gateway', version, private: true, type: 'module' }
  await writeManifest(folder, { ...own, main: 'gateway/main.js' })
  return await describe('gateway', folder)
}

/** The worker in one file, with its native code in `node_modules` beside it. */
export async function packWorker({ root, platforms }: Workshop, out: string): Promise<void> {
  const graph: GraphOptions = { root, platforms, runtime: 'bare', given: GIVEN }
  await packProgram('dist/worker/main.js', out, graph)
}

/** Every file of a folder with its hash, sorted: the same for the same sources. */
export async function listing(folder: string): Promise<string[]> {
  const lines: string[] = []
  for (const path of (await filesIn(folder)).sort()) {
    const bytes = (await readFile(join(folder, path))) as Uint8Array
    lines.push(`${b4a.toString(sha256(bytes), 'hex')}  ${path}`)
  }
  return lines
}

/** Files below a folder, by their path in it, in no order. */
export async function filesIn(folder: string, below = ''): Promise<string[]> {
  const found: string[] = []
  for await (const entry of await opendir(join(folder, below))) {
    const path = below === '' ? String(entry.name) : `${below}/${String(entry.name)}`
    if (entry.isDirectory()) found.push(...(await filesIn(folder, path)))
    else found.push(path)
  }
  return found
}

async function describe(name: string, folder: string): Promise<Part> {
  let bytes = 0
  const files = await filesIn(folder)
  for (const path of files) bytes += (await stat(join(folder, path))).size
  return { name, folder, files: files.length, bytes }
}

/** What was compiled loses its `dist/`; all else keeps its place. */
async function copyAll(root: string, folder: string, files: string[]): Promise<void> {
  for (const file of files) {
    if (file === 'package.json') continue // written anew
    const to = join(folder, file.startsWith('dist/') ? file.slice('dist/'.length) : file)
    await mkdir(dirname(to), { recursive: true })
    if (file.endsWith('/package.json')) await copyManifest(join(root, file), to)
    else if (file.startsWith('dist/')) await copyCompiled(join(root, file), to)
    else await copyFile(join(root, file), to)
  }
}

async function copyCompiled(from: string, to: string): Promise<void> {
  await writeFile(to, oneHigher((await readFile(from, 'utf8')) as string))
}

async function copyManifest(from: string, to: string): Promise<void> {
  const all = JSON.parse((await readFile(from, 'utf8')) as string) as Record<string, unknown>
  const kept = Object.entries(all).filter(([field]) => KEPT.includes(field))
  await write(to, JSON.stringify(Object.fromEntries(kept)) + '\n')
}

async function copyFolder(from: string, to: string): Promise<void> {
  for (const path of await filesIn(from)) {
    await mkdir(dirname(join(to, path)), { recursive: true })
    await copyFile(join(from, path), join(to, path))
  }
}

function writeManifest(folder: string, manifest: object): Promise<void> {
  return write(join(folder, 'package.json'), JSON.stringify(manifest, null, 2) + '\n')
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
}

async function empty(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
}
