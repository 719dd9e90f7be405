/**
 * How electron-forge makes the installers. A release lays this beside the app:
 * `DIR/forge/forge.config.cjs` and `DIR/desktop`.
 */
const fs = require('node:fs') as typeof import('node:fs')
const path = require('node:path') as typeof import('node:path')

const desktop = path.join(__dirname, '../desktop')
const read = (name: string): Record<string, string> =>
  JSON.parse(fs.readFileSync(path.join(desktop, name), 'utf8')) as Record<string, string>
const { productName = '', version = '', description = '' } = read('package.json')
const { protocol = '' } = read('pear.config.json')

const { MAC_CODESIGN_IDENTITY, APPLE_ID, APPLE_PASSWORD, APPLE_TEAM_ID } = process.env
const { WINDOWS_CERTIFICATE_FILE, WINDOWS_CERTIFICATE_PASSWORD, WINDOWS_PUBLISHER } = process.env

/** Signed and notarised where a certificate is named; otherwise for one's own computer. */
const signedOnMac =
  MAC_CODESIGN_IDENTITY === undefined
    ? {}
    : {
        osxSign: { identity: MAC_CODESIGN_IDENTITY },
        osxNotarize: { appleId: APPLE_ID, appleIdPassword: APPLE_PASSWORD, teamId: APPLE_TEAM_ID }
      }
const signedOnWindows =
  WINDOWS_CERTIFICATE_FILE === undefined
    ? { sign: false }
    : {
        windowsSignOptions: {
          certificateFile: WINDOWS_CERTIFICATE_FILE,
          certificatePassword: WINDOWS_CERTIFICATE_PASSWORD
        }
      }

/**
 * Switches in Electron's own program, thrown before it is signed: it is no Node for
 * others, takes no orders from the environment or the command line, and pages of
 * file: have no privileges. Numbers as in @electron/fuses; those of asar are left, since
 * nothing is packed into one.
 */
const FUSES = {
  version: '1',
  strictlyRequireAllFuses: false,
  0: false, // RunAsNode
  1: true, // EnableCookieEncryption
  2: false, // EnableNodeOptionsEnvironmentVariable
  3: false, // EnableNodeCliInspectArguments
  7: false // GrantFileProtocolExtraPrivileges
}

module.exports = {
  outDir: path.join(__dirname, 'out'),
  packagerConfig: {
    name: productName,
    executableName: productName,
    // The sidecar runs worker.bundle and native code as files.
    asar: false,
    // What the release put there is what is needed: nothing here was installed by npm.
    prune: false,
    protocols: [{ name: productName, schemes: [protocol] }],
    ...signedOnMac
  },
  rebuildConfig: { onlyModules: [] },
  plugins: [{ name: '@electron-forge/plugin-fuses', config: FUSES }],
  makers: [
    { name: '@electron-forge/maker-dmg', platforms: ['darwin'], config: { name: productName } },
    {
      name: '@electron-forge/maker-msix',
      platforms: ['win32'],
      config: {
        manifestVariables: {
          publisher: WINDOWS_PUBLISHER ?? 'CN=Hypertuna',
          packageIdentity: productName,
          packageDisplayName: productName,
          packageDescription: description,
          appExecutable: `${productName}.exe`,
          // An MSIX counts in four numbers, and knows no pre-releases.
          packageVersion: `${version.split('-')[0] ?? version}.0`
        },
        ...signedOnWindows
      }
    },
    {
      name: '@reforged/maker-appimage',
      platforms: ['linux'],
      config: { options: { name: productName, bin: productName, categories: ['Network'] } }
    }
  ]
}
