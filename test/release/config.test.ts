import test from 'brittle'
import { readFileSync } from 'bare-fs'
import { join } from 'bare-path'
import { fileURLToPath } from 'bare-url'
import {
  checkConfig,
  checkPlatforms,
  PLATFORMS,
  readConfig,
  type PearConfig
} from '../../app/release/config.ts'
import { deploymentManifest, desktopManifest, pearManifest } from '../../app/release/manifest.ts'
import type { Schema } from '../../app/release/schema.ts'
import { HypertunaError } from '../../protocol/errors.ts'
import { VERSION } from '../../protocol/version.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url).href)
const read = (name: string): unknown => JSON.parse(String(readFileSync(join(root, name))))
const schema = read('pear.config.schema.json') as Schema

test('the version is one, in code and package.json', async (t) => {
  const { own } = await readConfig(root)
  t.is(VERSION, own.version)
})

test('the deployable manifests say what pear.config.json says', async (t) => {
  const { config, own } = await readConfig(root)
  const link = `pear://${'a'.repeat(52)}`
  const wish: PearConfig = { ...config, upgrade: link }
  for (const write of [pearManifest, desktopManifest, deploymentManifest]) {
    const manifest = write(wish, own)
    t.is(manifest['name'], config.name)
    t.is(manifest['productName'], config.productName)
    t.is(manifest['version'], own.version)
    t.is(manifest['upgrade'], link, 'Pear v3 follows it')
    t.absent('upgrade' in write(config, own), 'and without a link there is none')
    t.absent('dependencies' in manifest, 'everything lies in the folder')
  }
  const { main, pear } = pearManifest(config, own) as {
    main: string
    pear: Record<string, unknown>
  }
  t.is(main, 'index.js', 'Pear v2 starts JavaScript, never HTML')
  t.alike(pear, {
    name: config.name,
    pre: 'pear-electron/pre',
    gui: { main: 'index.html', ...config.window },
    links: config.links,
    routes: '.',
    unrouted: ['/worker', '/protocol', '/node_modules'],
    stage: config.stage
  })
})

test('a system without native code is told apart from the others', (t) => {
  const { properties } = schema
  t.alike(properties?.platforms?.items?.enum, PLATFORMS)
  t.alike(checkPlatforms('--platforms', ['linux-x64']), ['linux-x64'])
  for (const wrong of ['foo', '']) {
    const err = complaint(() => checkPlatforms('--platforms', ['linux-x64', wrong]))
    t.is(err?.code, 'USAGE')
  }
})

test('what is wrong is named', (t) => {
  const sound = read('pear.config.json') as PearConfig
  t.ok(checkConfig(sound, schema))
  const cases: [change: object, named: string][] = [
    [{ name: 'Hyper Tuna' }, 'name'],
    [{ upgrade: 'https://example.org' }, 'upgrade'],
    [{ window: { ...sound.window, width: '1120' } }, 'window.width'],
    [{ window: { ...sound.window, minWidth: 4000 } }, 'window.minWidth'],
    [{ window: { ...sound.window, frame: false } }, 'window.frame'],
    [{ links: ['http://127.0.0.1', 'nowhere'] }, 'links[1]'],
    [{ bootstrap: ['127.0.0.1'] }, 'bootstrap[0]'],
    [{ platforms: ['linux-mips'] }, 'platforms[0]'],
    [{ stage: { ignore: [] } }, 'stage.entrypoints'],
    [{ colour: 'red' }, 'colour']
  ]
  for (const [change, named] of cases) {
    const err = complaint(() => checkConfig({ ...sound, ...change }, schema))
    t.is(err?.code, 'BAD_CONFIG')
    t.ok(err?.message.startsWith(`pear.config.json: ${named} `), err?.message)
  }
  const { productName: _, ...rest } = sound
  t.ok(complaint(() => checkConfig(rest, schema))?.message.includes('productName is missing'))
})

function complaint(run: () => unknown): HypertunaError | null {
  try {
    run()
    return null
  } catch (err) {
    return err as HypertunaError
  }
}
