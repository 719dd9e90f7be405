/** What the drive keeps of one relay. Bytes are those of contents, each counted once in it. */
export interface FolderUsage {
  files: number
  bytes: number
  /** Of these bytes, those that other relays' folders refer to as well. */
  shared: number
}

export interface ContentUsage {
  /** Contents, each counted once, however many folders they are in. */
  files: number
  bytes: number
  /** Of these bytes, those that more than one folder refers to. */
  shared: number
  folders: Map<string, FolderUsage>
}

/** Counts contents by what refers to them, so that nobody has to look through all entries. */
export class Contents {
  readonly #usage: ContentUsage = { files: 0, bytes: 0, shared: 0, folders: new Map() }

  /** A copy of what was counted. */
  get usage(): ContentUsage {
    const folders = new Map([...this.#usage.folders].map(([key, folder]) => [key, { ...folder }]))
    return { ...this.#usage, folders }
  }

  /** @param others the folders that referred to the content before */
  added(relayKey: string, size: number, others: string[]): void {
    const folder = this.#folder(relayKey)
    folder.files++
    folder.bytes += size
    if (others.length === 0) {
      this.#usage.files++
      this.#usage.bytes += size
    } else folder.shared += size
    if (others.length === 1) this.#share(others[0]!, size)
  }

  /** @param others the folders that still refer to the content */
  removed(relayKey: string, size: number, others: string[]): void {
    const folder = this.#folder(relayKey)
    folder.files--
    folder.bytes -= size
    if (others.length === 0) {
      this.#usage.files--
      this.#usage.bytes -= size
    } else folder.shared -= size
    if (others.length === 1) this.#share(others[0]!, -size)
    if (folder.files === 0) this.#usage.folders.delete(relayKey)
  }

  /** Two folders have it now, or one alone has it again. */
  #share(relayKey: string, size: number): void {
    this.#usage.shared += size
    this.#folder(relayKey).shared += size
  }

  #folder(relayKey: string): FolderUsage {
    let folder = this.#usage.folders.get(relayKey)
    if (folder === undefined) {
      folder = { files: 0, bytes: 0, shared: 0 }
      this.#usage.folders.set(relayKey, folder)
    }
    return folder
  }
}
