/**
 * Puts a compiled program and the packages that it uses into one file, in its own place.
 *
 * Of the time until one can write, most went by looking up, reading and compiling a thousand
 * modules one by one. Modules are looked up here as Bare does, which is not quite as Node does.
 * What has native code of its own stays outside, imported by its path, because it is found by
 * where it lies; so does what looks at its own modules while it runs.
 */
import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import resolve from 'bare-module-resolve'
import { build } from 'esbuild'
import type { OnResolveArgs, OutputFile, Plugin } from 'esbuild'

import { HEAD } from './head.ts'

/** They start threads of modules that they look up themselves. */
const LOOSE = ['bare-worker', 'bare-thread', 'bare-module']
/** As bare-module tries them. */
const ENDINGS = ['.js', '.cjs', '.mjs', '.json']
const SYSTEMS = ['linux', 'darwin', 'win32'].flatMap((name) => [
  [name, 'x64'],
  [name, 'arm64']
])
/** Whether a module loads native code, by its own place. */
const NATIVE = /require\.addon\s*\(/
/** What stands for the native modules in the text, until their imports are put before it. */
const STANDS_FOR = '__native_'
const OWN_URL = 'import.meta.url'

/** One of the modules that stay outside. */
interface Outside {
  /** What stands for it in the text. */
  name: string
  /** A package's name, or the path of a file. */
  of: string
}

/**
 * Writes each program anew as one file, in place of what was compiled.
 *
 * @param root the project's folder
 * @param entries compiled programs below it, with all that they import
 * @throws when something cannot be found, and the files are then as they were
 */
export async function makeOneFiles(root: string, entries: readonly string[]): Promise<void> {
  const compiled = entries.filter((entry) => !isOneFile(join(root, entry)))
  const outside = new Map<string, Outside>()
  const made = await Promise.all(compiled.map((entry) => bundle(root, join(root, entry), outside)))
  for (const { path, text } of made) replace(path, withImports(path, text, outside))
}

async function bundle(
  root: string,
  path: string,
  outside: Map<string, Outside>
): Promise<OutputFile> {
  const { outputFiles } = await build({
    entryPoints: [path],
    outfile: path,
    absWorkingDir: root,
    bundle: true,
    write: false,
    allowOverwrite: true,
    format: 'esm',
    platform: 'neutral',
    target: 'esnext',
    legalComments: 'none',
    // Half the size is half the time; names stay, and lines short enough to find a place by.
    minifyWhitespace: true,
    minifySyntax: true,
    lineLimit: 160,
    logLevel: 'silent',
    external: LOOSE,
    plugins: [asBareDoes(path, outside)]
  })
  return outputFiles[0] as OutputFile
}

function asBareDoes(entry: string, outside: Map<string, Outside>): Plugin {
  const look = lookUp()
  const standIn = (of: string): { path: string; namespace: string } => {
    const path = packageOf(of)
    outside.set(path, { name: STANDS_FOR + path.replaceAll(/\W/g, '_'), of })
    return { path, namespace: 'outside' }
  }
  return {
    name: 'as-bare-does',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /.*/ }, (asked) => {
        if (asked.kind === 'entry-point') return null
        if (LOOSE.includes(asked.path)) return { path: asked.path, external: true }
        const [found, ...others] = look(asked)
        if (found === undefined) throw new Error(`${asked.path} of ${asked.importer} is nowhere`)
        // Which module it is depends on the system, which is known where it runs.
        if (others.length > 0) return standIn(asked.path)
        return NATIVE.test(readFileSync(found, 'utf8')) ? standIn(found) : { path: found }
      })
      onLoad({ filter: /.*/, namespace: 'outside' }, ({ path }) => ({
        contents: `module.exports = ${outside.get(path)?.name}`
      }))
      onLoad({ filter: /\.[cm]?js$/ }, ({ path }) => {
        const contents = readFileSync(path, 'utf8')
        if (!contents.includes(OWN_URL)) return { contents }
        const from = JSON.stringify(specifier(entry, path))
        return { contents: contents.replaceAll(OWN_URL, `new URL(${from}, ${OWN_URL}).href`) }
      })
    }
  }
}

/** Finds the files that a module may mean by a specifier: more than one when systems differ. */
function lookUp(): (asked: OnResolveArgs) => string[] {
  const manifests = new Map<string, unknown>()
  const readManifest = (url: URL): unknown => {
    const known = manifests.get(url.href)
    if (known !== undefined) return known
    const path = fileURLToPath(url.href)
    const manifest: unknown = isFile(path) ? JSON.parse(readFileSync(path, 'utf8')) : null
    manifests.set(url.href, manifest)
    return manifest
  }
  const found = (asked: OnResolveArgs, system: readonly string[]): string | null => {
    const form = asked.kind.startsWith('require') ? 'require' : 'import'
    const options = { conditions: [form, 'bare', 'node', ...system], extensions: ENDINGS }
    const from = pathToFileURL(asked.importer) as never // its types know Bare's own URL alone
    for (const url of resolve(asked.path, from, options, readManifest as never)) {
      const path = fileURLToPath(url.href)
      if (isFile(path)) return path
    }
    return null
  }
  return (asked) => {
    const paths = SYSTEMS.map((system) => found(asked, system))
    return [...new Set(paths.filter((path) => path !== null))]
  }
}

/** What stays outside comes first, as loose modules do. */
function withImports(path: string, text: string, outside: Map<string, Outside>): string {
  const imports = [...outside.values()]
    .filter(({ name }) => new RegExp(`\\b${name}\\b`).test(text))
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .map(({ name, of }) => `import ${name} from ${JSON.stringify(specifier(path, of))}`)
  return [HEAD, ...imports, text].join('\n')
}

/** How a file names another one, or a package. */
function specifier(from: string, to: string): string {
  if (!to.startsWith(sep) && !/^[a-z]:/i.test(to)) return to
  const path = relative(dirname(from), to).replaceAll(sep, '/')
  return path.startsWith('.') ? path : `./${path}`
}

/** Each has native code of one kind: so its name names that. */
function packageOf(of: string): string {
  return of.split(sep).join('/').split('node_modules/').at(-1)?.split('/binding')[0] ?? of
}

function isOneFile(path: string): boolean {
  return readFileSync(path, 'utf8').startsWith(HEAD)
}

/** At once: what starts meanwhile finds the one or the other. */
function replace(path: string, text: string): void {
  writeFileSync(`${path}.new`, text)
  renameSync(`${path}.new`, path)
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true
}
