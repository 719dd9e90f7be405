import fs from 'bare-fs'
import { dirname } from 'bare-path'

/** The file that has an object's pieces, opened when it is first used and made when missing. */
export class PieceFile {
  readonly #path: string
  #file: Promise<number> | null = null

  constructor(path: string) {
    this.#path = path
  }

  get isOpen(): boolean {
    return this.#file !== null
  }

  /** Fills `bytes` from `at`. False when there is less, or the disk cannot be read. */
  async read(at: number, bytes: Buffer): Promise<boolean> {
    const { byteLength } = bytes
    try {
      const file = await this.#open()
      for (let done = 0; done < byteLength;) {
        const read = await fs.read(file, bytes, done, byteLength - done, at + done)
        if (read === 0) return false
        done += read
      }
      return true
    } catch {
      return false // a disk that cannot be read is as good as an empty one: members have it
    }
  }

  /** @throws what the disk says */
  async write(at: number, bytes: Uint8Array): Promise<void> {
    const file = await this.#open()
    for (let done = 0; done < bytes.byteLength;) {
      done += await fs.write(file, bytes, done, bytes.byteLength - done, at + done)
    }
  }

  /** What differs as soon as somebody has written to it. */
  async stamp(): Promise<number> {
    try {
      return (await fs.fstat(await this.#open())).ctimeMs
    } catch {
      return -1 // as in `read`
    }
  }

  /** Lets go of it. @returns its last stamp; null when it was not open */
  async close(): Promise<number | null> {
    const opened = this.#file
    if (opened === null) return null
    this.#file = null
    const file = await opened
    const { ctimeMs } = await fs.fstat(file)
    await fs.close(file)
    return ctimeMs
  }

  /** Puts another file in its place. Nobody else may use it meanwhile. @throws what the disk says */
  async replaceBy(path: string): Promise<void> {
    const before = this.#file
    this.#file = (async () => {
      if (before !== null) await fs.close(await before)
      await fs.mkdir(dirname(this.#path), { recursive: true })
      await fs.rename(path, this.#path)
      return fs.open(this.#path, fs.constants.O_RDWR)
    })()
    try {
      await this.#file
    } catch (err) {
      this.#file = null
      throw err
    }
  }

  #open(): Promise<number> {
    this.#file ??= this.#openFile()
    return this.#file
  }

  async #openFile(): Promise<number> {
    try {
      await fs.mkdir(dirname(this.#path), { recursive: true })
      return await fs.open(this.#path, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o600)
    } catch (err) {
      this.#file = null
      throw err
    }
  }
}
