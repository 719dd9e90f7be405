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
const LATER = 4000

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

for (let i = 0; i < VISITS; i++) await inRunning(known)
tell('a browser that is running', await rounds(() => inRunning(known)))
say('an empty page in the same', await median(() => emptyPage(known, true)))
tell('a browser that is started for it', await rounds(() => inStarted(known)))
say('an empty page in the same', await median(() => emptyPage(known, false)))
tell('a browser that never saw it', [await inRunning(join(folder, 'new'))])

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

async function rounds(once: () => Promise<Start>): Promise<Start[]> {
  const starts: Start[] = []
  for (let i = 0; i < ROUNDS; i++) starts.push(await once())
  return starts
}

async function median(once: () => Promise<number>): Promise<number> {
  const all: number[] = []
  for (let i = 0; i < ROUNDS; i++) all.push(await once())
  return middle(all)
}

function middle(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN
}

async function inRunning(profile: string): Promise<Start> {
  const browser = await PlainChromium.start(profile)
  await browser.running()
  return measure(async (url) => {
    await browser.open(url)
    return browser
  })
}

function inStarted(profile: string): Promise<Start> {
  return measure((url) => PlainChromium.start(profile, url))
}

async function measure(open: (url: string) => Promise<PlainChromium>): Promise<Start> {
  const begun = Date.now()
  const app = await startApp()
  const address = Date.now() - begun
  const browser = await open(app.url)
  await new Promise((resolve) => setTimeout(resolve, LATER))
  const noted = await browser.ask<number[]>(new URL(app.url).origin, NOTED)
  await browser.close()
  await app.stop()
  const [origin = NaN, painted = NaN, at = NaN, longest = NaN] = noted ?? []
  return { address, painted: origin + painted - begun, written: origin + at - begun, longest }
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

/** From the press until a page of nothing was drawn: less than that nobody can have. */
async function emptyPage(profile: string, isRunning: boolean): Promise<number> {
  let drawn = (): void => undefined
  const seen = new Promise<void>((resolve) => (drawn = resolve))
  const server = createServer((request, response) => {
    if (request.url === '/drawn') drawn()
    response.setHeader('Content-Type', 'text/html').end(NOTHING)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const running = isRunning ? await PlainChromium.start(profile) : null
  await running?.running()
  const begun = Date.now()
  await running?.open(url)
  const browser = running ?? (await PlainChromium.start(profile, url))
  await seen
  const ms = Date.now() - begun
  await browser.close()
  server.close()
  return ms
}
