/**
 * Syncthing as a peer, where it is installed: two of it on loopback, without discovery and
 * relays. One has looked at its folder already; measured is what the other takes until it has
 * all files, from the moment it may begin.
 */
import fs from 'bare-fs'
import http from 'bare-http1'
import { join } from 'bare-path'
import process from 'bare-process'
import { spawn, spawnSync } from 'bare-subprocess'
import tcp from 'bare-tcp'

import { makeBytes } from '../worker/drive-fixture.ts'

const API_KEY = 'bench'
const FOLDER = 'bench'
/** How often it is asked how far it is, in ms. */
const LOOK = 25
const CHUNK = 8 * 1024 * 1024

interface Peer {
  home: string
  folder: string
  id: string
  sync: number
  gui: number
}

interface FolderStatus {
  state: string
  localFiles: number
  needFiles: number
}

export function hasSyncthing(): boolean {
  try {
    return spawnSync('syncthing', ['--version'], { stdio: 'ignore' }).status === 0
  } catch {
    return false
  }
}

/**
 * @param dir of its own
 * @param files how many, and how large each is
 * @returns seconds
 */
export async function bySyncthing(
  dir: string,
  { count, size }: { count: number; size: number }
): Promise<number> {
  const from = await makePeer(join(dir, 'from'))
  const to = await makePeer(join(dir, 'to'))
  for (let i = 0; i < count; i++) makeFile(join(from.folder, `${i}.bin`), size, i + 1)
  writeConfig(from, to, 'sendonly', false)
  writeConfig(to, from, 'receiveonly', true)
  const running = [from, to].map(start)
  try {
    await until(async () => {
      const status = await statusOf(from)
      return status?.state === 'idle' && status.localFiles === count
    })
    await until(async () => {
      const answer = await ask(to, 'GET', '/rest/system/connections')
      return answer?.includes('"connected": true') === true
    })
    const begun = Date.now()
    await ask(to, 'PATCH', `/rest/config/folders/${FOLDER}`, JSON.stringify({ paused: false }))
    await until(async () => {
      const status = await statusOf(to)
      return status?.localFiles === count && status.needFiles === 0
    })
    return (Date.now() - begun) / 1000
  } finally {
    for (const child of running) {
      const ended = new Promise((resolve) => child.on('exit', resolve))
      child.kill()
      await ended
    }
  }
}

/** Bytes that do not compress, in chunks. */
function makeFile(path: string, size: number, seed: number): void {
  const fd = fs.openSync(path, 'w')
  for (let at = 0; at < size; at += CHUNK) {
    fs.writeSync(fd, makeBytes(Math.min(CHUNK, size - at), seed + at))
  }
  fs.closeSync(fd)
}

async function makePeer(home: string): Promise<Peer> {
  const folder = join(home, 'files')
  fs.mkdirSync(folder, { recursive: true })
  const args = ['generate', `--home=${home}`, '--no-default-folder']
  const { stdout, stderr } = spawnSync('syncthing', args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const id = /Device ID: ([A-Z0-9-]+)/.exec(`${String(stdout)}${String(stderr)}`)?.[1]
  if (id === undefined) throw new Error('Syncthing made no device')
  return { home, folder, id, sync: await freePort(), gui: await freePort() }
}

function writeConfig(own: Peer, other: Peer, type: string, paused: boolean): void {
  const device = (peer: Peer): string =>
    `<device id="${peer.id}" compression="metadata"><address>tcp://127.0.0.1:${peer.sync}</address></device>`
  const off = [
    'globalAnnounceEnabled',
    'localAnnounceEnabled',
    'relaysEnabled',
    'startBrowser',
    'natEnabled',
    'crashReportingEnabled',
    'setLowPriority'
  ]
  fs.writeFileSync(
    join(own.home, 'config.xml'),
    `<configuration version="36">
${device(own)}${device(other)}
<folder id="${FOLDER}" path="${own.folder}" type="${type}" rescanIntervalS="0" fsWatcherEnabled="false">
<device id="${own.id}"></device><device id="${other.id}"></device>
<paused>${paused}</paused></folder>
<gui enabled="true" tls="false"><address>127.0.0.1:${own.gui}</address><apikey>${API_KEY}</apikey></gui>
<options><listenAddress>tcp://127.0.0.1:${own.sync}</listenAddress><urAccepted>-1</urAccepted>
<autoUpgradeIntervalH>0</autoUpgradeIntervalH><reconnectionIntervalS>1</reconnectionIntervalS>
${off.map((name) => `<${name}>false</${name}>`).join('\n')}
</options></configuration>
`
  )
}

/** It watches over a second process of its own, which it ends when it is asked to end. */
function start({ home }: Peer): ReturnType<typeof spawn> {
  const args = ['serve', `--home=${home}`, '--no-browser', '--no-restart', '--no-upgrade']
  const child = spawn('syncthing', args, { stdio: 'ignore' })
  process.on('exit', () => child.kill())
  return child
}

async function statusOf(peer: Peer): Promise<FolderStatus | null> {
  const answer = await ask(peer, 'GET', `/rest/db/status?folder=${FOLDER}`)
  return answer === null ? null : (JSON.parse(answer) as FolderStatus)
}

/** Null while it does not answer, or has no answer. */
function ask({ gui }: Peer, method: string, path: string, body = ''): Promise<string | null> {
  return new Promise((resolve) => {
    const headers = { 'X-API-Key': API_KEY, 'Content-Length': String(body.length) }
    const options = { host: '127.0.0.1', port: gui, path, method, headers, agent: null }
    const request = http.request(options as never, (response) => {
      let text = ''
      response.on('data', (chunk) => (text += String(chunk)))
      response.on('end', () => resolve(response.statusCode === 200 ? text : null))
      response.on('error', () => resolve(null))
    })
    request.on('error', () => resolve(null))
    request.end(body)
  })
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, LOOK))
}

function freePort(): Promise<number> {
  const server = tcp.createServer()
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}
