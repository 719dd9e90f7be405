/** What the page asks before all of it is here. */
import test from 'brittle'

import { SocketStream } from '../../app/ui/rpc/socket.ts'
import { admit, firstAdmission, firstSocket, knock } from '../../app/ui/session/knock.ts'

const CODE = 'c0de'.repeat(16)

class FakeSocket extends EventTarget {
  static readonly OPEN = 1
  static readonly made: FakeSocket[] = []
  readyState = 0
  binaryType = ''
  bufferedAmount = 0
  onopen: (() => void) | null = null
  onclose: (() => void) | null = null
  onmessage: ((message: MessageEvent) => void) | null = null
  readonly url: string

  constructor(url: string | URL) {
    super()
    this.url = String(url)
    FakeSocket.made.push(this)
  }

  open(): void {
    this.readyState = 1
    this.onopen?.()
  }

  close(): void {
    this.readyState = 3
    this.onclose?.()
  }

  tell(...bytes: number[]): void {
    const message = new MessageEvent('message', { data: new Uint8Array(bytes).buffer })
    this.onmessage?.(message)
    this.dispatchEvent(message)
  }
}

/** A page at an address; `asked` are its requests, as they are made. */
function pageAt(hash: string, status = 204): { asked: string[]; address: { hash: string } } {
  const asked: string[] = []
  const address = { hash, href: 'http://127.0.0.1:7/', pathname: '/', search: '' }
  const answer = (path: string, { method = 'GET', body = '' } = {}): Promise<object> => {
    asked.push(`${method} ${path} ${body}`.trim())
    return Promise.resolve({ ok: status < 300, status })
  }
  const replaceState = (): void => void (address.hash = '')
  Object.assign(globalThis, {
    location: address,
    history: { replaceState },
    fetch: answer,
    WebSocket: FakeSocket
  })
  FakeSocket.made.length = 0
  return { asked, address }
}

/** Until the socket that is opened next is there. */
async function nextSocket(): Promise<FakeSocket> {
  for (;;) {
    const [socket] = FakeSocket.made
    if (socket !== undefined) return socket
    await new Promise((resolve) => setImmediate(resolve))
  }
}

test('the code is exchanged and the socket opened once, before anybody reads it', async (t) => {
  const { asked, address } = pageAt(`#${CODE}`)
  knock()
  const socket = await nextSocket()
  t.is(socket.url, 'ws://127.0.0.1:7/rpc')
  t.is(socket.binaryType, 'arraybuffer')
  t.is(address.hash, '', 'the code is not left in the address')
  socket.open()
  socket.tell(1, 2)
  t.is(await firstAdmission(), 'admitted')
  const early = await firstSocket()
  t.ok(early)
  socket.tell(3)
  const stream = SocketStream.of(early!)
  socket.tell(4)
  const read: number[] = []
  for await (const bytes of stream as unknown as AsyncIterable<Uint8Array>) {
    read.push(...bytes)
    if (read.length === 4) break
  }
  t.alike(read, [1, 2, 3, 4], 'nothing of what came meanwhile is lost, or comes twice')
  t.alike(asked, [`POST /session {"code":"${CODE}"}`])

  t.is(firstAdmission(), null, 'who asks later asks anew')
  t.is(await firstSocket(), null)
  t.is(await admit(), 'admitted')
  t.alike(asked.slice(1), ['GET /session'])
})

test('a socket that went away before it was taken is not taken', async (t) => {
  for (const end of ['never opens', 'closes again']) {
    pageAt('')
    knock()
    const socket = await nextSocket()
    if (end === 'closes again') socket.open()
    socket.close()
    t.is(await firstAdmission(), 'admitted')
    t.is(await firstSocket(), null, end)
  }
})

test('who is not let in opens no socket, and a window of ours does not knock', async (t) => {
  pageAt('', 401)
  knock()
  t.is(await firstAdmission(), 'refused')
  t.is(await firstSocket(), null)
  t.is(FakeSocket.made.length, 0)

  const { asked } = pageAt('')
  Object.assign(globalThis, { hypertuna: {} })
  t.teardown(() => void delete (globalThis as { hypertuna?: object }).hypertuna)
  knock()
  t.is(firstAdmission(), null)
  t.is(await firstSocket(), null)
  t.alike(asked, [])
})
