import process from 'bare-process'
import { spawn } from 'bare-subprocess'

/** A program that prints lines. */
export interface Child {
  readonly pid: number
  /** The next line of its output. Rejects when it ended before, and says how. */
  line(): Promise<string>
  kill(): void
}

/** Starts a program: one of Bare's by its script, or any by its name. */
export function startChild(args: string[], program = process.execPath): Child {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  let wake = (): void => {}
  let ended: string | null = null
  child.stdout?.on('data', (chunk) => {
    text += String(chunk)
    wake()
  })
  child.on('exit', (code, signal) => {
    ended = signal ? `was ended by signal ${signal}` : `ended with ${code}`
    wake()
  })
  return {
    pid: child.pid,
    kill: () => void child.kill(),
    async line() {
      while (!text.includes('\n')) {
        if (ended !== null) throw new Error(`${args[0]} ${ended} before it had anything to say`)
        await new Promise<void>((resolve) => (wake = resolve))
      }
      const end = text.indexOf('\n')
      const line = text.slice(0, end)
      text = text.slice(end + 1)
      return line
    }
  }
}
