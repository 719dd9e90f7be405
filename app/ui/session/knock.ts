import type { Admission } from './host.ts'

/** `#<code>` or `#code=<code>`; everything else in a fragment is a place in the app */
const CODE = /^#(?:code=)?([0-9a-zA-Z_-]{16,})$/

/** A socket to the worker that was opened before there was anybody to read it. */
export interface EarlySocket {
  readonly socket: WebSocket
  /** What has come already */
  readonly messages: MessageEvent[]
}

/** What was begun before the rest of the page was here; each is taken once. */
interface Knock {
  admission: Promise<Admission> | null
  socket: Promise<EarlySocket | null> | null
}

const FRESH: { cache: 'no-store' } = { cache: 'no-store' }

const knocked: Knock = { admission: null, socket: null }

/** Asks the shell that serves this page to be let in, and opens the way to the worker. */
export function knock(): void {
  if ('hypertuna' in globalThis || 'Pear' in globalThis) return // a window of ours has other ways
  knocked.admission = admit()
  knocked.socket = knocked.admission.then((admission) =>
    admission === 'admitted' ? openEarly() : null
  )
}

/** The answer to the first knock, for who asks first; null for all later ones. */
export function firstAdmission(): Promise<Admission> | null {
  const { admission } = knocked
  knocked.admission = null
  return admission
}

/** The socket that the first knock opened, when it is open still; null for who comes later. */
export async function firstSocket(): Promise<EarlySocket | null> {
  const opening = knocked.socket
  knocked.socket = null
  const early = await opening
  return early?.socket.readyState === WebSocket.OPEN ? early : null
}

/** Exchanges the one-time code in the address for a cookie; without one, tries the cookie. */
export async function admit(): Promise<Admission> {
  const code = takeCode()
  try {
    if (code !== null && (await exchange(code)).ok) return 'admitted'
    const answer = await fetch('/session', FRESH as object)
    if (answer.ok) return 'admitted'
    return answer.status < 500 ? 'refused' : 'absent'
  } catch {
    return 'absent' // fetch fails only when nothing answers
  }
}

/** Where sessions with the worker are opened. */
export function openSocket(): WebSocket {
  const url = new URL('/rpc', here().location.href)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  const socket = new WebSocket(url)
  socket.binaryType = 'arraybuffer'
  return socket
}

/** Resolves with null when it does not open: whoever wants one then tries again. */
function openEarly(): Promise<EarlySocket | null> {
  const socket = openSocket()
  const early: EarlySocket = { socket, messages: [] }
  socket.onmessage = (message: MessageEvent) => early.messages.push(message)
  return new Promise((resolve) => {
    socket.onopen = () => resolve(early)
    socket.onclose = () => resolve(null)
  })
}

/** What a page has, and the tests that run without one. */
interface Here {
  readonly location: { href: string; hash: string; pathname: string; search: string }
  readonly history: { replaceState(state: null, unused: string, url: string): void }
}

function here(): Here {
  return globalThis as unknown as Here
}

function takeCode(): string | null {
  const { location, history } = here()
  const [, code = null] = CODE.exec(location.hash) ?? []
  // It must not stay in the address, where it could be copied or end up in the history
  if (code !== null) history.replaceState(null, '', location.pathname + location.search)
  return code
}

function exchange(code: string): Promise<Response> {
  const headers = { 'Content-Type': 'application/json' }
  return fetch('/session', { method: 'POST', headers, body: JSON.stringify({ code }) })
}
