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

/** The page's first code, which is small, and what draws the first screen. */
const BEGIN = fileURLToPath(new URL('./main.ts', import.meta.url))
const FIRST = fileURLToPath(new URL('./app.tsx', import.meta.url))
const RUNTIME = '\0rolldown/runtime.js'
const LETTERS = /^inter-latin-wght-normal/

/**
 * All that the first screen waits for is in two files: a computer that starts a worker as well
 * has better to do than to look for a dozen.
 */
function firstChunks() {
  let begin = null
  let first = null
  return {
    debugName: 'first screen',
    name(id, modules) {
      begin ??= importedBy(BEGIN, modules).add(RUNTIME)
      first ??= importedBy(FIRST, modules)
      if (begin.has(id)) return 'begin'
      return first.has(id) ? 'first' : null
    }
  }
}

/** A module and all that it imports by name, and so on. */
function importedBy(entry, modules) {
  const found = new Set()
  const waiting = [entry]
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (found.has(id)) continue
    found.add(id)
    waiting.push(...(modules.getModuleInfo(id)?.importedIds ?? []))
  }
  return found
}

/** The page names what its first code asks for next, so that both come at once; and the letters. */
function preloadFirst() {
  return {
    name: 'preload-first',
    transformIndexHtml: {
      order: 'post',
      handler(_html, { bundle }) {
        const named = Object.values(bundle ?? {}).filter(
          (file) => file.name === 'first' || LETTERS.test(file.names?.[0] ?? '')
        )
        return named.map(({ fileName, type }) => ({
          tag: 'link',
          attrs: {
            ...(type === 'chunk'
              ? { rel: 'modulepreload' }
              : { rel: 'preload', as: 'font', type: 'font/woff2' }),
            crossorigin: true,
            href: `./${fileName}`
          },
          injectTo: 'head'
        }))
      }
    }
  }
}

export default defineConfig({
  root,
  base: './',
  publicDir: false,
  plugins: [react(), fontLicense(), preloadFirst()],
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
    chunkSizeWarningLimit: 1000,
    rolldownOptions: {
      output: { codeSplitting: { groups: [firstChunks()] } },
      // Who starts the app on a slow computer is told nothing of how long a plugin took
      checks: { pluginTimings: false }
    }
  }
})
