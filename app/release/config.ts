/** `pear.config.json`: the one source of how the app is distributed. */
import { readFile } from 'bare-fs/promises'
import { join } from 'bare-path'
import { HypertunaError } from '../../protocol/errors.ts'
import { checkAgainst, type Schema } from './schema.ts'

export interface PearConfig {
  readonly name: string
  readonly productName: string
  readonly version: 'package.json'
  /** What running apps follow; null while there is none. */
  readonly upgrade: string | null
  readonly protocol: string
  readonly window: {
    readonly width: number
    readonly height: number
    readonly minWidth: number
    readonly minHeight: number
    readonly backgroundColor: string
  }
  readonly links: string[]
  readonly bootstrap: string[] | null
  readonly platforms: string[]
  readonly stage: { readonly ignore: string[]; readonly entrypoints: string[] }
}

/** The systems that there is native code for, as the schema lists them. */
export const PLATFORMS = [
  'darwin-arm64',
  'darwin-x64',
  'linux-arm64',
  'linux-x64',
  'win32-arm64',
  'win32-x64'
]

/** @throws USAGE for a system that there is no native code for */
export function checkPlatforms(flag: string, platforms: string[]): string[] {
  const unknown = platforms.find((platform) => !PLATFORMS.includes(platform))
  if (unknown === undefined) return platforms
  const message = `${flag} knows no ${unknown || 'empty name'}, but ${PLATFORMS.join(', ')}`
  throw new HypertunaError('USAGE', message)
}

/** What a package.json says of us: the rest is for development. */
export interface OwnPackage {
  readonly name: string
  readonly productName: string
  readonly version: string
  readonly description: string
  readonly license: string
  readonly imports?: Record<string, unknown>
  readonly devDependencies: { readonly electron: string }
}

/** @throws BAD_CONFIG, naming the field that is wrong */
export function checkConfig(value: unknown, schema: Schema): PearConfig {
  checkAgainst(schema, value, '')
  const config = value as PearConfig
  const { width, height, minWidth, minHeight } = config.window
  if (minWidth > width || minHeight > height) {
    const field = minWidth > width ? 'minWidth' : 'minHeight'
    const message = `pear.config.json: window.${field} is larger than the window itself`
    throw new HypertunaError('BAD_CONFIG', message)
  }
  return config
}

/** Reads it, and the package whose version it names. @throws BAD_CONFIG */
export async function readConfig(root: string): Promise<{ config: PearConfig; own: OwnPackage }> {
  const schema = (await readJson(join(root, 'pear.config.schema.json'))) as Schema
  const config = checkConfig(await readJson(join(root, 'pear.config.json')), schema)
  const own = (await readJson(join(root, config.version))) as OwnPackage
  for (const field of ['name', 'productName'] as const) {
    if (own[field] === config[field]) continue
    const message = `pear.config.json: ${field} is ${config[field]}, and ${own[field]} in package.json`
    throw new HypertunaError('BAD_CONFIG', message)
  }
  return { config, own }
}

async function readJson(path: string): Promise<unknown> {
  const text = (await readFile(path, 'utf8')) as string
  try {
    return JSON.parse(text)
  } catch (err) {
    throw new HypertunaError('BAD_CONFIG', `${path} is not JSON`, { cause: err })
  }
}
