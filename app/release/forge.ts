/** What electron-forge needs beside the app; its packages are large, and nobody else's need. */
import { copyFile, mkdir, writeFile } from 'bare-fs/promises'
import { join } from 'bare-path'

/** Made to fit each other; newer ones of electron-forge no longer take the last. */
export const FORGE_PACKAGES = {
  '@electron-forge/cli': '7.11.2',
  '@electron-forge/maker-dmg': '7.11.2',
  '@electron-forge/maker-msix': '7.11.2',
  '@electron-forge/plugin-fuses': '7.11.2',
  '@electron/fuses': '1.8.0',
  '@reforged/maker-appimage': '5.3.1'
} as const

/**
 * Writes the folder from which `npm install && npm run make` makes this system's installer.
 *
 * @param root the project's folder, built
 */
export async function assembleForge(root: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  await copyFile(join(root, 'dist/app/release/forge.config.cjs'), join(folder, 'forge.config.cjs'))
  const manifest = {
    name: 'hypertuna-installers',
    private: true,
    scripts: { make: 'electron-forge make ../desktop' },
    devDependencies: FORGE_PACKAGES
  }
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest, null, 2) + '\n')
}
