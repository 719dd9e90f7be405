import { createClient, type RpcClient } from '../../../protocol/rpc/client.ts'
import { SocketStream } from '../rpc/socket.ts'
import { readConfigFields } from './config-fields.ts'
import type { Admission, Host, UserConfig } from './host.ts'

/** `#<code>` or `#code=<code>`; everything else in a fragment is a place in the app */
const CODE = /^#(?:code=)?([0-9a-zA-Z_-]{16,})$/

/** The shell that serves this page on a loopback address. */
export class BrowserHost implements Host {
  readonly paths = null

  /** Exchanges the one-time code in the address for a cookie; without one, tries the cookie. */
  async admit(): Promise<Admission> {
    const code = takeCode()
    try {
      if (code !== null && (await send('POST', '/session', { code })).ok) return 'admitted'
      const answer = await fetch('/session', { cache: 'no-store' })
      if (answer.ok) return 'admitted'
      return answer.status < 500 ? 'refused' : 'absent'
    } catch {
      return 'absent' // fetch fails only when nothing answers
    }
  }

  async readConfig(): Promise<UserConfig> {
    return readAnswer(await fetch('/user-config', { cache: 'no-store' }))
  }

  async writeConfig(change: Partial<UserConfig>): Promise<UserConfig> {
    return readAnswer(await send('PUT', '/user-config', change))
  }

  async connect(): Promise<RpcClient> {
    const url = new URL('/rpc', location.href)
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
    return createClient(await SocketStream.open(url.href))
  }

  /** The browser's shell is updated by whoever installed it, and opens no links. */
  onevent(): void {}

  async restart(): Promise<void> {}
}

function takeCode(): string | null {
  const [, code = null] = CODE.exec(location.hash) ?? []
  // It must not stay in the address, where it could be copied or end up in the history
  if (code !== null) history.replaceState(null, '', location.pathname + location.search)
  return code
}

function send(method: string, path: string, body: object): Promise<Response> {
  const headers = { 'Content-Type': 'application/json' }
  return fetch(path, { method, headers, body: JSON.stringify(body) })
}

async function readAnswer(answer: Response): Promise<UserConfig> {
  if (!answer.ok) throw await refusal(answer)
  return readConfigFields(await answer.json())
}

/** The error that the shell gave as JSON, or its status. */
async function refusal(answer: Response): Promise<Error> {
  const body: unknown = await answer.json().catch(() => null)
  const { code, message } = (body as { error?: { code?: string; message?: string } })?.error ?? {}
  return Object.assign(new Error(message ?? `The app answered ${answer.status}`), { code })
}
