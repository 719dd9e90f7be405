/** A browser that plays what it gets from the gateway, and jumps about in it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import test from 'brittle'
import { bareBinary } from '../../app/bare-binary.ts'
import { launchBrowser } from '../app/browser.ts'

const PLAY = `async (url) => {
  const video = document.createElement('video')
  video.muted = true
  video.preload = 'metadata'
  video.src = url
  const settled = (event) => new Promise((resolve, reject) => {
    video.addEventListener(event, resolve, { once: true })
    video.addEventListener('error', () => reject(new Error(video.error.message)), { once: true })
  })
  await settled('loadedmetadata')
  const at = []
  for (const second of [50, 5, 59]) {
    const seeked = settled('seeked')
    video.currentTime = second
    await seeked
    at.push(Math.round(video.currentTime))
  }
  return { duration: Math.round(video.duration), at }
}`

test('a browser seeks in what it plays', { timeout: 60_000 }, async (t) => {
  const browser = await launchBrowser()
  if (browser === null) return t.comment('there is no Chromium here')
  t.teardown(() => browser.close())
  const scene = fileURLToPath(new URL('./seeking-scene.js', import.meta.url))
  const child = spawn(bareBinary(), [scene], { stdio: ['pipe', 'pipe', 'inherit'] })
  t.teardown(async () => {
    const ended = once(child, 'exit')
    child.stdin.end()
    await ended
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const url = String((await lines.next()).value)
  const page = await browser.newPage()
  const statuses: number[] = []
  page.on('response', (response) => {
    if (response.url() === url) statuses.push(response.status())
  })
  page.on('requestfailed', (request) => t.comment(request.url(), request.failure()?.errorText))
  const site = createServer((_, res) => res.setHeader('content-type', 'text/html').end('<p>'))
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
  t.teardown(() => void site.close())
  await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`)
  const { duration, at } = await page.evaluate<{ duration: number; at: number[] }>(
    `(${PLAY})(${JSON.stringify(url)})`
  )
  t.is(duration, 60)
  t.alike(at, [50, 5, 59])
  t.ok(statuses.length > 1 && statuses.every((status) => status === 206), String(statuses))
  child.stdin.write('\n')
  const ranges = JSON.parse(String((await lines.next()).value)) as { offset: number }[]
  const half = (44_100 * 4 * 60) / 2
  t.ok(
    ranges.some(({ offset }) => offset > half),
    'the middle was jumped over'
  )
})
