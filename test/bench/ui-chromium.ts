/**
 * A Chromium that nothing is put into: it is told where to go, as a person's is, and asked
 * afterwards what it saw. What tests use reads a third of a megabyte of its own into every page.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'

import { chromiumPath, FLAGS } from '../app/browser.ts'

interface Answer {
  id?: number
  result?: unknown
  error?: { message: string }
}

interface Target {
  targetId: string
  type: string
  url: string
}

export class PlainChromium {
  readonly #child: ChildProcess
  readonly #asked = new Map<number, (answer: Answer) => void>()
  #last = 0

  /** @param profile a folder, where it finds what it has seen before; `url` is opened at once */
  static async start(profile: string, url = 'about:blank'): Promise<PlainChromium> {
    const path = await chromiumPath()
    if (path === null) throw new Error('There is no Chromium here: set CHROME_PATH')
    return new PlainChromium(path, profile, url)
  }

  private constructor(path: string, profile: string, url: string) {
    const own = ['--headless', '--remote-debugging-pipe', '--window-size=1280,800']
    this.#child = spawn(path, [...FLAGS, ...own, `--user-data-dir=${profile}`, url], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe']
    })
    let rest = ''
    const answers = this.#child.stdio[4] as Readable
    answers.setEncoding('utf8').on('data', (text: string) => {
      const parts = (rest + text).split('\0')
      rest = parts.pop() ?? ''
      for (const part of parts) this.#hear(JSON.parse(part) as Answer)
    })
  }

  /** Resolves once it answers: it is running, with nothing open. */
  async running(): Promise<void> {
    await this.#call('Browser.getVersion', {})
  }

  /** A new tab, as a person's browser opens it for another program. */
  async open(url: string): Promise<void> {
    await this.#call('Target.createTarget', { url })
  }

  /** What an expression is worth in the page of an address; null when there is none. */
  async ask<Value>(address: string, expression: string): Promise<Value | null> {
    const { targetInfos } = await this.#call<{ targetInfos: Target[] }>('Target.getTargets', {})
    const page = targetInfos.find(({ type, url }) => type === 'page' && url.startsWith(address))
    if (page === undefined) return null
    const { targetId } = page
    const { sessionId } = await this.#call<{ sessionId: string }>('Target.attachToTarget', {
      targetId,
      flatten: true
    })
    const question = { expression, awaitPromise: true, returnByValue: true }
    const { result } = await this.#call<{ result: { value: Value } }>(
      'Runtime.evaluate',
      question,
      sessionId
    )
    await this.#call('Target.closeTarget', { targetId })
    return result.value
  }

  /** It writes down what it keeps, and ends. */
  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.on('exit', resolve))
    await this.#call('Browser.close', {})
    await ended
  }

  #call<Value>(method: string, params: object, sessionId?: string): Promise<Value> {
    const id = ++this.#last
    const line = this.#child.stdio[3] as Writable
    return new Promise((resolve, reject) => {
      this.#asked.set(id, ({ result, error }) => {
        if (error === undefined) resolve(result as Value)
        else reject(new Error(`${method}: ${error.message}`))
      })
      line.write(JSON.stringify({ id, method, params, sessionId }) + '\0')
    })
  }

  #hear(answer: Answer): void {
    if (answer.id === undefined) return
    this.#asked.get(answer.id)?.(answer)
    this.#asked.delete(answer.id)
  }
}
