/** What is selected in a list, and how presses and keys change it. */
export class GridChoice {
  readonly #selected: () => ReadonlySet<string>
  readonly #set: (keys: ReadonlySet<string>) => void
  /** Where a range begins, and where its last one ended */
  #anchor: string | null = null
  #end: string | null = null

  constructor(selected: () => ReadonlySet<string>, set: (keys: ReadonlySet<string>) => void) {
    this.#selected = selected
    this.#set = set
  }

  toggle(key: string): void {
    const next = new Set(this.#selected())
    if (!next.delete(key)) next.add(key)
    this.#anchor = key
    this.#end = key
    this.#set(next)
  }

  /** Selects from where the last press was to here, instead of to where the last range went. */
  extend(key: string, keys: readonly string[]): void {
    const anchor = this.#anchor !== null && keys.includes(this.#anchor) ? this.#anchor : key
    const next = new Set(this.#selected())
    for (const one of between(keys, anchor, this.#end ?? anchor)) next.delete(one)
    for (const one of between(keys, anchor, key)) next.add(one)
    this.#anchor = anchor
    this.#end = key
    this.#set(next)
  }

  /** Where the next range begins, when nothing was selected yet. */
  begin(key: string): void {
    if (this.#selected().size > 0 && this.#anchor !== null) return
    this.#anchor = key
    this.#end = key
  }

  all(keys: readonly string[]): void {
    this.#set(new Set(keys))
  }

  clear(): void {
    this.#anchor = null
    this.#end = null
    this.#set(new Set())
  }
}

function between(keys: readonly string[], a: string, b: string): readonly string[] {
  const [from, to] = [keys.indexOf(a), keys.indexOf(b)].sort((x, y) => x - y)
  return from === undefined || from < 0 || to === undefined ? [] : keys.slice(from, to + 1)
}
