import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The letters that come along want their licence beside them. */
function fontLicense() {
  const path = new URL(
    'node_modules/@fontsource-variable/inter/LICENSE',
    new URL('../../', import.meta.url)
  )
  return {
    name: 'font-license',
    generateBundle() {
      const source = readFileSync(path)
      this.emitFile({ type: 'asset', fileName: 'assets/inter-LICENSE.txt', source })
    }
  }
}

export default defineConfig({
  root,
  base: './',
  publicDir: false,
  plugins: [react(), fontLicense()],
  resolve: {
    // streamx asks for node's events; bare-events is the same interface and runs anywhere
    alias: { events: 'bare-events' }
  },
  worker: { format: 'es' },
  build: {
    outDir: 'dist/ui',
    emptyOutDir: true,
    target: 'es2023',
    // Nothing inlined: the page's policy allows neither inline code nor data: URLs
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    // React and the protocol are in the first one
    chunkSizeWarningLimit: 600
  }
})
