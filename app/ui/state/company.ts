/** What feeds of a group tell of others than oneself; null before one has told anything. */
export interface Told {
  /** Members in the list, oneself among them */
  members: number | null
  /** Who asks to be let in */
  requests: number | null
  /** The same, as the list of groups counts them */
  counted: { members: number; requests: number }
}

/**
 * Whether one is alone in a group. Several feeds tell of somebody who asks and is let in, one after
 * the other: who was once seen at the door is not forgotten between two of them.
 */
export class Company {
  #seen = false

  isAlone({ members, requests, counted }: Told): boolean {
    if ((members ?? 0) > 1 || (requests ?? 0) > 0) this.#seen = true
    if (counted.members > 1 || counted.requests > 0) this.#seen = true
    return members !== null && requests !== null && !this.#seen
  }
}
