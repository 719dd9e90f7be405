import { HypertunaError } from '../../../protocol/errors.ts'
import { createClient, type RpcClient } from '../../../protocol/rpc/client.ts'
import { SocketStream } from '../rpc/socket.ts'
import { readConfigFields } from './config-fields.ts'
import type { Admission, Host, UserConfig } from './host.ts'
import { admit, firstAdmission, firstSocket, openSocket } from './knock.ts'

/** The shell that serves this page on a loopback address. */
export class BrowserHost implements Host {
  readonly paths = null

  /** What was asked before all of this page was here is not asked again. */
  async admit(): Promise<Admission> {
    return (await firstAdmission()) ?? admit()
  }

  async readConfig(): Promise<UserConfig> {
    return readAnswer(await reached(fetch('/user-config', { cache: 'no-store' })))
  }

  async writeConfig(change: Partial<UserConfig>): Promise<UserConfig> {
    return readAnswer(await reached(send('PUT', '/user-config', change)))
  }

  async connect(): Promise<RpcClient> {
    const early = await firstSocket()
    return createClient(early ? SocketStream.of(early) : await SocketStream.open(openSocket()))
  }

  /** The browser's shell is updated by whoever installed it, and opens no links. */
  onevent(): void {}

  async restart(): Promise<void> {}
}

function send(method: string, path: string, body: object): Promise<Response> {
  const headers = { 'Content-Type': 'application/json' }
  return fetch(path, { method, headers, body: JSON.stringify(body) })
}

/** fetch fails only when nothing answers, and says so in the browser's own words. */
async function reached(answer: Promise<Response>): Promise<Response> {
  try {
    return await answer
  } catch (error) {
    throw new HypertunaError('CLOSED', 'The app does not answer', { cause: error })
  }
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
