/** A passphrase, on its way in: never as an argument, which other programs could read. */
import b4a from 'b4a'
import { readFile, stat } from 'bare-fs/promises'
import process from 'bare-process'
import tty from 'bare-tty'
import { HypertunaError } from '../../protocol/errors.ts'
import { readStdin } from './stdin.ts'

const MOST = 4096
const [ENTER, LINE, INTERRUPT, END, DELETE, BACKSPACE, ALL] = [13, 10, 3, 4, 127, 8, 21]

/**
 * The passphrase in a file, from standard input, or asked for on a terminal, which
 * shows nothing of it.
 *
 * @param interrupted gives the terminal back when somebody wants to stop
 * @throws USAGE, SOURCE_UNREADABLE, or CANCELLED after Ctrl-C
 */
export async function readPassphrase(
  file: string | null,
  interrupted: Promise<void>
): Promise<string> {
  let passphrase: string
  if (file !== null && file !== '-') passphrase = await fromFile(file)
  else if (file === null && tty.isTTY(0)) passphrase = await ask('Passphrase: ', interrupted)
  else passphrase = await readStdin()
  if (passphrase === '') throw new HypertunaError('USAGE', 'The passphrase is empty')
  return passphrase
}

/** Without the line end that an editor leaves. */
async function fromFile(path: string): Promise<string> {
  let size: number
  let text: string
  try {
    size = (await stat(path)).size
    text = size > MOST ? '' : b4a.toString((await readFile(path)) as Uint8Array)
  } catch (err) {
    throw new HypertunaError('SOURCE_UNREADABLE', `${path} cannot be read`, { cause: err })
  }
  if (size > MOST) throw new HypertunaError('USAGE', `${path} is too long for a passphrase`)
  return text.replace(/\r?\n$/, '')
}

async function ask(prompt: string, interrupted: Promise<void>): Promise<string> {
  process.stderr.write(prompt)
  const terminal = new tty.ReadStream(0)
  terminal.setRawMode(true)
  try {
    const typed = new Promise<string>((resolve, reject) => {
      const line = new TypedLine()
      terminal.on('data', (bytes: unknown) => {
        try {
          if (line.type(bytes as Uint8Array)) resolve(line.text)
        } catch (err) {
          reject(err as Error)
        }
      })
      terminal.on('end', () => resolve(line.text))
      terminal.on('error', reject)
    })
    const stopped = interrupted.then(() => {
      throw new HypertunaError('CANCELLED', 'Stopped before it was done')
    })
    return await Promise.race([typed, stopped])
  } finally {
    terminal.setRawMode(false)
    terminal.destroy()
    process.stderr.write('\n')
  }
}

/** What was typed so far on a terminal that edits nothing by itself. */
export class TypedLine {
  #bytes: number[] = []

  get text(): string {
    return b4a.toString(b4a.from(this.#bytes))
  }

  /** @returns whether the line is done. @throws CANCELLED for Ctrl-C */
  type(bytes: Uint8Array): boolean {
    for (const byte of bytes) {
      if (byte === ENTER || byte === LINE || byte === END) return true
      if (byte === INTERRUPT) throw new HypertunaError('CANCELLED', 'Stopped before it was done')
      if (byte === ALL) this.#bytes = []
      else if (byte === DELETE || byte === BACKSPACE) this.#rubOut()
      else if (this.#bytes.length < MOST) this.#bytes.push(byte)
    }
    return false
  }

  /** A whole character: UTF-8 goes on with bytes of the form 10xxxxxx. */
  #rubOut(): void {
    let byte = this.#bytes.pop()
    while (byte !== undefined && (byte & 0xc0) === 0x80) byte = this.#bytes.pop()
  }
}
