import { everything, type FileQuery } from '../files/query.ts'
import { Value } from '../session/store.ts'
import { keep } from './keep.ts'

export type Layout = 'list' | 'gallery'

/** How the files of a group are looked at. It stays while other tabs and groups are open. */
export interface FilesView {
  query: FileQuery
  /** Whether an order was chosen; each place has one of its own otherwise */
  sorted: boolean
  /** The open folder; empty for the top */
  folder: string
  layout: Layout
  /** Whether the details of a file are beside the list */
  details: boolean
}

const LAYOUT = 'hypertuna.layout'

export class FilesViews {
  readonly #views = new Map<string, Value<FilesView>>()
  readonly #current = new Map<string, Value<string | null>>()

  of(relayKey: string): Value<FilesView> {
    let view = this.#views.get(relayKey)
    if (view === undefined) {
      const layout = localStorage.getItem(LAYOUT) === 'gallery' ? 'gallery' : 'list'
      view = new Value<FilesView>({
        query: everything,
        sorted: false,
        folder: '',
        layout,
        details: false
      })
      this.#views.set(relayKey, view)
    }
    return view
  }

  /**
   * The file that was looked at last, which the details are about. By itself, for it changes with
   * each step through the list, and nothing but the details with it.
   */
  currentOf(relayKey: string): Value<string | null> {
    let current = this.#current.get(relayKey)
    if (current === undefined) {
      current = new Value<string | null>(null)
      this.#current.set(relayKey, current)
    }
    return current
  }

  change(relayKey: string, change: Partial<FilesView>): void {
    const view = this.of(relayKey)
    view.set({ ...view.get(), ...change })
    if (change.layout !== undefined) keep(LAYOUT, change.layout)
  }
}
