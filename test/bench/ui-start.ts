/**
 * How long it takes from the start of `npm start`'s program until a message can be written: run by
 * Node with a filled storage and a bootstrap node. Prints a figure on each line, and `done`.
 *
 * The address is opened as soon as it is printed. In a browser that is running, as a person's is
 * as a rule, that is a new tab; else the browser is started with it, and what that alone takes
 * with a page of nothing is printed beside. Nothing is put into the page: it notes by itself when
 * the field was drawn, and is asked later.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { PlainChromium } from './ui-chromium.ts'

const LAUNCH = fileURLToPath(new URL('../../app/launch.js', import.meta.url))
const ROUNDS = 5
/** What a browser keeps compiled it has after it saw a page twice. */
const VISITS = 2
/** Until the page is asked what it saw, in ms. */
const LATER = 2500
/** Until a browser that was started is one that runs, in ms. */
const SETTLES = 4000

const NOTHING = `<script>requestAnimationFrame(() => setTimeout(() => fetch('/drawn'), 0))</script>`
/** What the page noted, in ms since 1970, and the longest task after it. */
const NOTED = `new Promise((resolve) => {
  const at = performance.getEntriesByName('can-write')[0]?.startTime ?? NaN
  const painted = performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN
  const watch = new PerformanceObserver((list) => {
    const after = list.getEntries().filter(({ startTime }) => startTime >= at - 50)
    resolve([performance.timeOrigin, painted, at, Math.max(0, ...after.map((e) => e.duration))])
  })
  watch.observe({ type: 'longtask', buffered: true })
  setTimeout(() => resolve([performance.timeOrigin, painted, at, 0]), 500)
})`

interface Start {
  address: number
  painted: number
  written: number
  longest: number
}

const [storage = '', bootstrap = ''] = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), 'hypertuna-bench-start-'))
const known = join(folder, 'known')

const running = await settled(known)
for (let i = 0; i < VISITS; i++) await inRunning(running)
tell('a browser that is running', await rounds(() => inRunning(running)))
say('an empty page in the same', middle(await rounds(() => emptyPage(running))))
await running.close()
tell('a browser that is started for it', await rounds(inStarted))
say('an empty page in the same', middle(await rounds(() => emptyPage(null))))
const stranger = await settled(join(folder, 'new'))
tell('a browser that never saw it', [await inRunning(stranger)])
await stranger.close()

rmSync(folder, { recursive: true, force: true, maxRetries: 9 })
console.log(JSON.stringify({ done: true }))

function tell(where: string, starts: Start[]): void {
  const of = (name: keyof Start): number => middle(starts.map((start) => start[name]))
  say(`until one can write, ${where}`, of('written'))
  say('of which until the address is printed', of('address'))
  say('of which until something is seen', of('painted'))
  say('longest task of the page after that', of('longest'))
}

function say(name: string, ms: number): void {
  console.log(JSON.stringify({ name: `ui start ${name}`, value: ms / 1000, unit: 's' }))
}

async function rounds<Value>(once: () => Promise<Value>): Promise<Value[]> {
  const all: Value[] = []
  for (let i = 0; i < ROUNDS; i++) all.push(await once())
  return all
}

function middle(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN
}

/** A browser that has run for a while: at its own start it has much to do. */
async function settled(profile: string): Promise<PlainChromium> {
  const browser = await PlainChromium.start(profile)
  await wait(SETTLES)
  return browser
}

function inRunning(browser: PlainChromium): Promise<Start> {
  return measure(async (url) => {
    await browser.open(url)
    return browser
  })
}

function inStarted(): Promise<Start> {
  const open = (url: string): Promise<PlainChromium> => PlainChromium.start(known, url)
  return measure(open, (browser) => browser.close())
}

async function measure(
  open: (url: string) => Promise<PlainChromium>,
  leave?: (browser: PlainChromium) => Promise<void>
): Promise<Start> {
  const begun = Date.now()
  const app = await startApp()
  const address = Date.now() - begun
  const browser = await open(app.url)
  await wait(LATER)
  const noted = await browser.ask<number[]>(new URL(app.url).origin, NOTED)
  await leave?.(browser)
  await app.stop()
  const [origin = NaN, painted = NaN, at = NaN, longest = NaN] = noted ?? []
  return { address, painted: origin + painted - begun, written: origin + at - begun, longest }
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** As `npm start` does, once all is built. */
function startApp(): Promise<{ url: string; stop(): Promise<unknown> }> {
  const flags = ['--storage', storage, '--bootstrap', bootstrap, '--no-open', '--local-port', '0']
  const child = spawn(process.execPath, [LAUNCH, 'browser', ...flags], {
    stdio: ['ignore', 'pipe', 'ignore']
  })
  const ended = new Promise((resolve) => child.on('exit', resolve))
  let out = ''
  return new Promise((resolve, reject) => {
    child.stdout.on('data', (text: Buffer) => {
      out += text.toString()
      const [, url] = /^ready (\S+)\n/m.exec(out) ?? []
      const stop = (): Promise<unknown> => (child.kill('SIGTERM'), ended)
      if (url !== undefined) resolve({ url, stop })
    })
    void ended.then((code) => reject(new Error(`The app ended with ${String(code)}`)))
  })
}

/** Until a page of nothing was drawn, in ms: less than that nobody can have. Null starts a browser. */
async function emptyPage(browser: PlainChromium | null): Promise<number> {
  let drawn = (): void => undefined
  const seen = new Promise<void>((resolve) => (drawn = resolve))
  const server = createServer((request, response) => {
    if (request.url === '/drawn') drawn()
    response.setHeader('Content-Type', 'text/html').end(NOTHING)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const begun = Date.now()
  await browser?.open(url)
  const used = browser ?? (await PlainChromium.start(known, url))
  await seen
  const ms = Date.now() - begun
  if (browser === null) await used.close()
  else await used.ask(url, '0') // which closes it
  server.close()
  server.closeAllConnections()
  return ms
}
