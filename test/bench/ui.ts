/**
 * The page in a real Chromium, with a real worker that holds `size` files and as many messages
 * (default 10,000): how long until it can be used, how long what a person does takes until it is
 * seen, and how evenly it scrolls. Once with nothing else to do, and once while the page sends a
 * file of 1 GB.
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

import { openFace } from '../../app/face.ts'
import { startProgram } from '../../app/demo/process.ts'
import { startChild } from './child.ts'
import { pixels } from './pixels.ts'
import type { Report } from './store.ts'

const NODE = process.env['npm_node_execpath'] ?? 'node'
const PAGE = fileURLToPath(new URL('./ui-page.js', import.meta.url))
const MOVED = 1e9
/** Posts that wait for their answers at once */
const AT_ONCE = 16

/** What {@link PAGE} prints: a figure, or that it is done. */
type Line = { name: string; value: number; unit: string } | { done: true }

export async function bench(
  report: Report,
  { size = 10_000 }: { size?: number } = {}
): Promise<void> {
  const dir = join(tmpdir(), `hypertuna-bench-ui-${size}`)
  const testnet = await createTestnet(4)
  const [node] = testnet.bootstrap
  const bootstrap = `${node?.host}:${node?.port}`
  try {
    if (!fs.existsSync(join(dir, 'filled'))) await fill(dir, bootstrap, size)
    const moved = join(dir, 'moved.bin')
    makeMoved(moved)
    const page = startChild([PAGE, join(dir, 'storage'), bootstrap, moved], NODE)
    for (;;) {
      const line = JSON.parse(await page.line()) as Line
      if ('done' in line) break
      report(line.name, line.value, line.unit)
    }
  } finally {
    await testnet.destroy()
  }
}

async function fill(dir: string, bootstrap: string, size: number): Promise<void> {
  const storage = join(dir, 'storage')
  fs.rmSync(dir, { recursive: true, force: true })
  const folder = join(dir, 'folder')
  fs.mkdirSync(folder, { recursive: true })
  for (let i = 0; i < size; i++) {
    const picture = i % 4 === 0
    const name = `${['Harbour', 'Lisbon', 'Take', 'Notes'][i % 4]} ${i}.${picture ? 'bmp' : 'txt'}`
    fs.writeFileSync(join(folder, name), picture ? pixels(i) : `file ${i} `.repeat(40))
  }
  fs.mkdirSync(storage)
  fs.writeFileSync(join(storage, 'user-config.json'), JSON.stringify({ displayName: 'Mara' }))
  const flags = ['--storage', storage, '--bootstrap', bootstrap, '--local-port', '0', '--no-open']
  const program = await startProgram('member', flags)
  const face = await openFace(storage)
  await face.first('status', {}, ({ state }) => state === 'ready')
  await face.call('setName', { name: 'Mara' })
  const files = await face.call('createRelay', { name: 'Many files', access: 'closed' })
  await face.call('importFolder', { relayKey: files.relayKey, folder, prefix: null })
  const talk = await face.call('createRelay', { name: 'Much talk', access: 'closed' })
  let next = 0
  const post = async (): Promise<void> => {
    while (next < size) {
      const content = words(next++)
      await face.call('post', { relayKey: talk.relayKey, content, kind: 9, files: [] })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, post))
  await face.close()
  await program.stop()
  fs.rmSync(folder, { recursive: true })
  fs.writeFileSync(join(dir, 'filled'), '')
}

/** Short and long ones, links among them. */
function words(i: number): string {
  const long = i % 5 === 0 ? ' The tide was late and the light stayed on the wall.'.repeat(4) : ''
  return `Message ${i} of many.${long}${i % 9 === 0 ? ' https://example.org/page' : ''}`
}

/** Another file each time, or the worker would have it already. */
function makeMoved(path: string): void {
  fs.writeFileSync(path, `${Date.now()}`)
  fs.truncateSync(path, MOVED)
}
