/** Plain HTTP and WebSocket requests to a shell, as any program could make them. */
import http from 'bare-http1'
import { Socket } from 'bare-ws'
import type { Duplex } from 'streamx'
import { createClient, type RpcClient } from '../../protocol/rpc/client.ts'

export interface Answer {
  readonly status: number
  readonly headers: Record<string, string | string[] | undefined>
  readonly body: string
}

export interface Wish {
  readonly method?: string
  readonly path?: string
  readonly headers?: Record<string, string>
  readonly body?: string
}

export function request(port: number, wish: Wish = {}): Promise<Answer> {
  const { method = 'GET', path = '/', headers = {}, body } = wish
  return new Promise((resolve, reject) => {
    const call = http.request(
      { host: '127.0.0.1', port, method, path, headers: headers as never } as never,
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk) => chunks.push(chunk as Buffer))
        response.on('end', () => {
          const { statusCode: status, headers } = response
          resolve({ status, headers, body: Buffer.concat(chunks).toString() } as Answer)
        })
        response.on('error', reject)
      }
    )
    call.on('error', reject)
    call.end(body)
  })
}

/** Trades the code in `url` for the cookie, as the page does. */
export async function enter(url: string): Promise<{ port: number; cookie: string }> {
  const { port, hash, host } = new URL(url)
  const origin = `http://${host}` // Bare's URL has none
  const body = JSON.stringify({ code: hash.slice(1) })
  const answer = await request(Number(port), post(origin, body))
  if (answer.status !== 204) throw new Error(`refused with ${answer.status}`)
  return { port: Number(port), cookie: String(answer.headers['set-cookie']).split(';')[0] ?? '' }
}

export function post(origin: string, body: string): Wish {
  const headers = { origin, 'content-type': 'application/json' }
  return { method: 'POST', path: '/session', headers, body }
}

/** An RPC client over a WebSocket, with the headers that a browser would send. */
export async function connect(
  port: number,
  headers: Record<string, string>,
  path = '/rpc'
): Promise<RpcClient> {
  const socket = new Socket(`ws://127.0.0.1:${port}${path}`, {
    headers: { origin: `http://127.0.0.1:${port}`, ...headers }
  }) as unknown as Duplex
  const client = createClient(socket)
  client.closed.catch(() => undefined)
  return client
}
