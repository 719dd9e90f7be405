/** Records about who signs a relay; what they do: `indexer-effects.ts`. */

/** Writers that one declaration may name. */
export const LOSS_LIMIT = 64

export type IndexerRecord =
  /** The carrier declares that these writers are lost; none takes its earlier word back. */
  | { type: 'lost'; writers: string[] }
  /** The carrier's device was declared lost and is not. */
  | { type: 'present' }
  /** The heir has the view signed anew, from a length of the system core with this key. */
  | { type: 'succeed'; key: string; length: number }
  /** The heir cannot have the view signed anew: the next admin's device may. */
  | { type: 'pass' }
  /** The carrier signs, with the others that are to: nobody has to take over any more. */
  | { type: 'stands' }
