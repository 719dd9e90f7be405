/** The package.json of what is deployed, written from pear.config.json. */
import type { OwnPackage, PearConfig } from './config.ts'

type Manifest = Record<string, unknown>

/** What every line needs, and what Pear v3 reads: names, version and upgrade link. */
function common(config: PearConfig, own: OwnPackage): Manifest {
  return {
    name: config.name,
    productName: config.productName,
    version: own.version,
    description: own.description,
    license: own.license,
    private: true,
    type: 'module',
    ...(own.imports === undefined ? {} : { imports: own.imports }),
    ...(config.upgrade === null ? {} : { upgrade: config.upgrade })
  }
}

/** For Pear v2: its entry is index.js, and index.html what its window shows. */
export function pearManifest(config: PearConfig, own: OwnPackage): Manifest {
  const { stage, window, links } = config
  return {
    ...common(config, own),
    main: 'index.js',
    pear: {
      name: config.name,
      pre: 'pear-electron/pre',
      gui: { main: 'index.html', ...window },
      links,
      routes: '.',
      unrouted: ['/worker', '/protocol', '/node_modules'],
      stage
    }
  }
}

/** For the Electron app that Pear v3 stages by architecture. */
export function desktopManifest(config: PearConfig, own: OwnPackage): Manifest {
  return {
    ...common(config, own),
    main: 'app/shells/electron/main.js',
    // electron-forge looks here for itself and for the Electron to package.
    config: { forge: '../forge/forge.config.cjs' },
    devDependencies: { electron: own.devDependencies.electron }
  }
}

/** For the folder that Pear v3 stages: the built apps lie below by-arch. */
export function deploymentManifest(config: PearConfig, own: OwnPackage): Manifest {
  const { stage } = config
  return { ...common(config, own), pear: { stage: { ignore: stage.ignore } } }
}
