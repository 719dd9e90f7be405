/**
 * The page in a real Chromium, with a real worker that holds `size` files and as many messages
 * (default 10,000): how long until it can be used, how long what a person does takes until it is
 * seen, and how evenly it scrolls. Once with nothing else to do, and once while the page sends a
 * file of 1 GB. `--only` with some of PIECES leaves the others out.
 *
 * To fill the storage takes minutes, so it is kept in the system's temporary folder and found
 * again; it is filled by an import and by posting, as a person's would be.
 */
import fs from 'bare-fs'
import { tmpdir } from 'bare-os'
import { join } from 'bare-path'
import process from 'bare-process'
import { fileURLToPath, URL } from 'bare-url'
import createTestnet from 'hyperdht/testnet.js'

import { startChild } from './child.ts'
import type { Report } from './store.ts'
import { fill } from './ui-storage.ts'

const NODE = process.env['npm_node_execpath'] ?? 'node'
const START = fileURLToPath(new URL('./ui-start.js', import.meta.url))
const PAGE = fileURLToPath(new URL('./ui-page.js', import.meta.url))
const MOVED = 1e9
const PIECES = ['start', 'alone', 'talk', 'moving']

/** What {@link START} and {@link PAGE} print: a figure, or that it is done. */
type Line = { name: string; value: number; unit: string } | { done: true }

export async function bench(
  report: Report,
  { size = 10_000, only = PIECES }: { size?: number; only?: string[] } = {}
): Promise<void> {
  const unknown = only.filter((name) => !PIECES.includes(name))
  if (unknown.length > 0) throw new Error(`ui has no piece called ${unknown.join(', ')}`)
  const dir = join(tmpdir(), `hypertuna-bench-ui-${size}`)
  const testnet = await createTestnet(4)
  const [node] = testnet.bootstrap
  const bootstrap = `${node?.host}:${node?.port}`
  try {
    if (!fs.existsSync(join(dir, 'filled'))) await fill(dir, bootstrap, size)
    const storage = join(dir, 'storage')
    if (only.includes('start')) await follow([START, storage, bootstrap], report)
    if (only.every((name) => name === 'start')) return
    const moved = join(dir, 'moved.bin')
    makeMoved(moved)
    await follow([PAGE, storage, bootstrap, moved, only.join()], report)
  } finally {
    await testnet.destroy()
  }
}

/** Reports what a program of Node's prints. */
async function follow(argv: string[], report: Report): Promise<void> {
  const program = startChild(argv, NODE)
  for (;;) {
    const line = JSON.parse(await program.line()) as Line
    if ('done' in line) return
    report(line.name, line.value, line.unit)
  }
}

/** Another file each time, or the worker would have it already. */
function makeMoved(path: string): void {
  fs.writeFileSync(path, `${Date.now()}`)
  fs.truncateSync(path, MOVED)
}
