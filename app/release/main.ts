/**
 * Makes what is deployed.
 *
 * `npm run release -- --target DIR`: everything, into DIR.
 * `npm run build:pear`: the folder for Pear v2 alone, into dist/pear.
 */
import { copyFile, cp, mkdir, stat, writeFile } from 'bare-fs/promises'
import { extname, join, resolve } from 'bare-path'
import process from 'bare-process'
import { fileURLToPath } from 'bare-url'
import { HypertunaError } from '../../protocol/errors.ts'
import { exitWith } from '../../protocol/exit.ts'
import { parseFlags } from '../../protocol/flags.ts'
import {
  assembleDesktop,
  assembleGateway,
  assemblePear,
  listing,
  packWorker,
  type Part,
  type Workshop
} from './assemble.ts'
import { assembleForge } from './forge.ts'
import { checkPlatforms, readConfig, type OwnPackage, type PearConfig } from './config.ts'
import { deploymentManifest, desktopManifest, pearManifest } from './manifest.ts'

const USAGE = `usage: npm run release -- --target DIR [flags]

  --target DIR            where it goes; each part has a folder there
  --only PART             this part alone, into DIR itself: pear, desktop, forge, gateway,
                          deployment or worker
  --platforms A,B         as linux-x64 (default: those of pear.config.json)
  --app PLATFORM=PATH,... the built app of a platform, for the deployment folder
  --help                  this text
`
const PARTS = ['pear', 'desktop', 'forge', 'gateway', 'deployment']
const root = fileURLToPath(new URL('../../..', import.meta.url).href).replace(/[/\\]$/, '')

interface Wish {
  readonly target: string
  readonly parts: string[]
  readonly platforms: string[] | null
  /** The built app by its platform. */
  readonly apps: ReadonlyMap<string, string>
}

/** @throws USAGE */
function parseArgs(argv: string[]): Wish | null {
  const flags = parseFlags(argv, {
    values: ['--target', '--only', '--platforms', '--app'],
    switches: ['--help']
  })
  if (flags.has('--help')) return null
  const target = flags.get('--target')
  if (target === undefined) throw new HypertunaError('USAGE', '--target is needed')
  const only = flags.get('--only')
  if (only !== undefined && ![...PARTS, 'worker'].includes(only)) {
    throw new HypertunaError('USAGE', `--only is one of ${PARTS.join(', ')}, worker`)
  }
  const apps = new Map<string, string>()
  for (const pair of flags.get('--app')?.split(',') ?? []) {
    const [platform = '', path = ''] = pair.split('=')
    if (path === '') throw new HypertunaError('USAGE', '--app is PLATFORM=PATH')
    apps.set(platform, resolve(path))
  }
  checkPlatforms('--app', [...apps.keys()])
  const platforms = flags.get('--platforms')?.split(',')
  return {
    target: resolve(target),
    parts: only === undefined ? PARTS : [only],
    platforms: platforms === undefined ? null : checkPlatforms('--platforms', platforms),
    apps
  }
}

/** `package.json` and `by-arch/<platform>/app/<name>`: what Pear v3 stages. */
async function assembleDeployment(
  folder: string,
  manifest: object,
  { productName, apps }: { productName: string; apps: ReadonlyMap<string, string> }
): Promise<void> {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest, null, 2) + '\n')
  for (const [platform, path] of apps) {
    const place = join(folder, 'by-arch', platform, 'app')
    await mkdir(place, { recursive: true })
    // Running apps look for this name; packagers add the version and the system to theirs.
    const to = join(place, `${productName}${extname(path)}`)
    if ((await stat(path)).isDirectory()) await cp(path, to, { recursive: true })
    else await copyFile(path, to)
  }
}

async function make(
  part: string,
  wish: Wish,
  from: Workshop & { config: PearConfig; own: OwnPackage }
): Promise<Part | null> {
  const { config, own } = from
  const folder = wish.parts.length === 1 ? wish.target : join(wish.target, part)
  if (part === 'pear') return assemblePear(from, folder, pearManifest(config, own))
  if (part === 'desktop') return assembleDesktop(from, folder, desktopManifest(config, own))
  if (part === 'gateway') return assembleGateway(from, folder, own.version)
  if (part === 'forge') await assembleForge(from.root, folder)
  else if (part === 'worker') await packWorker(from, join(folder, 'worker.bundle'))
  else {
    const named = { productName: config.productName, apps: wish.apps }
    await assembleDeployment(folder, deploymentManifest(config, own), named)
  }
  return null
}

async function main(): Promise<number> {
  const wish = parseArgs(process.argv.slice(2))
  if (wish === null) {
    process.stdout.write(USAGE)
    return 0
  }
  const { config, own } = await readConfig(root)
  const platforms = wish.platforms ?? config.platforms
  for (const part of wish.parts) {
    const made = await make(part, wish, { root, platforms, config, own })
    if (made === null) continue
    const megabytes = (made.bytes / 1e6).toFixed(1)
    process.stdout.write(`${made.name}: ${made.files} files, ${megabytes} MB in ${made.folder}\n`)
  }
  if (wish.parts.length > 1) {
    const lines = (await listing(wish.target)).filter((line) => !line.endsWith('  FILES'))
    await writeFile(join(wish.target, 'FILES'), lines.join('\n') + '\n')
  }
  return 0
}

let code: number
try {
  code = await main()
} catch (err) {
  const { code: kind, message } = HypertunaError.from(err)
  process.stderr.write(`${message} (${kind})\n${kind === 'USAGE' ? `\n${USAGE}` : ''}`)
  code = kind === 'USAGE' ? 2 : 1
}
await exitWith(code, process)
