import type { Status } from '../../protocol/rpc/generated/types.ts'

/** What a person in front of the terminal should know of the worker, each said once. */
export class Notices {
  private readonly wantedPort: number | null
  private readonly say: (text: string) => void
  private readonly said = new Set<string>()

  /** @param wantedPort the `--local-port` that was asked for; null or 0 for none in particular */
  constructor(wantedPort: number | null, say: (text: string) => void) {
    this.wantedPort = wantedPort
    this.say = say
  }

  read({ problems, localPort, locked }: Pick<Status, 'problems' | 'localPort' | 'locked'>): void {
    if (locked === true) this.once('The key is locked: open it with "hypertuna unlock".')
    for (const { code, message } of problems) {
      this.once(`${/[.!?]$/.test(message) ? message : `${message}.`} (${code})`)
    }
    const { wantedPort } = this
    if (wantedPort === null || wantedPort === 0) return
    if (localPort === 0 || localPort === wantedPort) return
    this.once(`Port ${wantedPort} is taken: files are served on 127.0.0.1:${localPort} instead.`)
  }

  private once(text: string): void {
    if (this.said.has(text)) return
    this.said.add(text)
    this.say(text)
  }
}
