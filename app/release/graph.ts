/** Which files a program needs: its modules, their packages' manifests, native code. */
import b4a from 'b4a'
import { sha256 } from '../../protocol/sha256.ts'
import { readFile, mkdir, opendir, stat, writeFile } from 'bare-fs/promises'
import { dirname, join, relative } from 'bare-path'
import { fileURLToPath, pathToFileURL, URL } from 'bare-url'
import pack from 'bare-pack'
import traverse from 'bare-module-traverse'

/** How modules are looked up: as Bare does, or as Node and Electron do. */
export type Runtime = 'bare' | 'node'

export interface GraphOptions {
  /** Nothing outside of this folder is followed. */
  readonly root: string
  /** As `linux-x64`: whose native code is taken. */
  readonly platforms: readonly string[]
  readonly runtime: Runtime
  /** Specifiers that the program finds where it runs. */
  readonly given?: readonly string[]
}

/**
 * Follows every import from the entries on.
 *
 * @returns paths below the root, sorted
 * @throws when something cannot be resolved
 */
export async function filesNeeded(
  entries: readonly string[],
  { root, platforms, runtime, given = [] }: GraphOptions
): Promise<string[]> {
  const files = new Set<string>()
  const options = {
    resolve: traverse.resolve[runtime],
    hosts: [...platforms],
    defer: [...given],
    visited: new Set<string>()
  }
  for (const entry of entries) {
    const found = traverse(pathToFileURL(join(root, entry)), options, readModule, listPrefix)
    for await (const { url } of found) {
      if (url.protocol === 'file:') files.add(relative(root, fileURLToPath(url.href)))
    }
  }
  return [...files].sort()
}

/**
 * Packs a program into one file; native code and other files that must lie on the
 * disk go to `node_modules` beside it.
 *
 * @param entry below the root
 * @param out the file to write
 */
export async function packProgram(
  entry: string,
  out: string,
  { root, platforms, runtime, given = [] }: GraphOptions
): Promise<void> {
  const base = pathToFileURL(root + '/')
  await mkdir(dirname(out), { recursive: true })
  const bundle = await pack(
    pathToFileURL(join(root, entry)),
    {
      base,
      resolve: traverse.resolve[runtime],
      hosts: [...platforms],
      defer: [...given],
      offload: true
    },
    readModule,
    listPrefix,
    async (url, source) => {
      const path = join(dirname(out), relative(root, fileURLToPath(url.href)))
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, source)
      return null
    }
  )
  bundle.id = b4a.toString(sha256(bundle.toBuffer()), 'hex')
  await writeFile(out, bundle.toBuffer())
}

async function readModule(url: URL): Promise<Uint8Array | null> {
  try {
    return (await readFile(fileURLToPath(url.href))) as Uint8Array
  } catch {
    return null // this is how it is asked whether something is there
  }
}

async function* listPrefix(url: URL): AsyncGenerator<URL> {
  const path = fileURLToPath(url.href)
  const found = await stat(path).catch(() => null)
  if (found?.isFile()) yield url
  if (!found?.isDirectory()) return
  const folder = url.href.endsWith('/') ? url : new URL(url.href + '/')
  for await (const entry of await opendir(path)) {
    yield* listPrefix(new URL(String(entry.name), folder.href))
  }
}
