/** The gateway's pages for people who hear them, zoom them, or use no mouse. */
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import test from 'brittle'
import type { Page as Shown } from 'playwright-core'
import { bareBinary } from '../../app/bare-binary.ts'
import { launchBrowser } from '../app/browser.ts'

interface Finding {
  id: string
  nodes: { html: string }[]
}

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
/** Name and HTML of each. */
function pages(): [string, string][] {
  const path = fileURLToPath(new URL('./page-samples.js', import.meta.url))
  const { stdout } = spawnSync(bareBinary(), [path], { encoding: 'utf8' })
  return JSON.parse(stdout) as [string, string][]
}

async function findings(shown: Shown): Promise<string[]> {
  await shown.addScriptTag({ path: AXE })
  const { violations } = await shown.evaluate<{ violations: Finding[] }>('axe.run()')
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)
}

test('axe finds nothing to say about the gateway’s pages', { timeout: 60_000 }, async (t) => {
  const browser = await launchBrowser()
  if (browser === null) return t.comment('there is no Chromium here')
  t.teardown(() => browser.close())
  const made = pages()
  const server = createServer((req, res) => {
    const [, page] = made[Number(req.url?.slice(1))] ?? []
    res.writeHead(page === undefined ? 404 : 200, { 'content-type': 'text/html; charset=utf-8' })
    res.end(page)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => void server.close())
  const { port } = server.address() as AddressInfo
  for (const colorScheme of ['light', 'dark'] as const) {
    const shown = await browser.newPage({ colorScheme, viewport: { width: 360, height: 640 } })
    for (const [i, [name]] of made.entries()) {
      await shown.goto(`http://127.0.0.1:${port}/${i}`)
      t.alike(await findings(shown), [], `${name}, ${colorScheme}`)
      const wide = await shown.evaluate('document.documentElement.scrollWidth > innerWidth')
      t.absent(wide, 'nothing is wider than the screen')
    }
    await shown.close()
  }
})
