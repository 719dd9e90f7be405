/** Whose a core is: the circle it was claimed for, as kept beside it on the disk. */
import b4a from 'b4a'
import type Corestore from 'corestore'

/**
 * Who may replicate a core. A `replica` is of somebody else's drive, or of whatever a member
 * said to be its drive: for members, like our own, but it takes no core out of another circle.
 */
export type Circle = 'drive' | 'replica' | `private:${string}` | `public:${string}`

/** The circle of a relay's cores. */
export const circleOf = (relayKey: string, isPrivate: boolean): Circle =>
  `${isPrivate ? 'private' : 'public'}:${relayKey}`

/** That a core belongs to a circle; kept beside the core on the disk. */
export interface Claim {
  circle: Circle
  /** Whether it was shown, and not only said by who named the core. */
  proven: boolean
}

/** What whoever proved to be a member of any relay of ours may have. */
export const DRIVES: readonly Circle[] = ['drive', 'replica']

export const MARK = 'hypertuna/circle'
/** Ends the mark of a claim that was proven. */
const PROVEN = '!'

/** Of two claims of one core, the heavier one counts. */
export function weight({ circle, proven }: Claim): number {
  if (circle === 'drive') return 3
  if (circle === 'replica') return -1 // it is a mere word of somebody
  if (proven) return 2
  return circle.startsWith('private:') ? 1 : 0
}

export const markOf = ({ circle, proven }: Claim): string => (proven ? circle + PROVEN : circle)

export function asClaim(mark: Uint8Array | null): Claim | null {
  if (mark === null) return null
  const text = b4a.toString(mark)
  const proven = text.endsWith(PROVEN)
  return { circle: (proven ? text.slice(0, -PROVEN.length) : text) as Circle, proven }
}

export async function readMark(core: Corestore.InternalCore): Promise<Claim | null> {
  const reading = core.state.storage.read()
  const mark = reading.getUserData(MARK)
  reading.tryFlush()
  return asClaim(await mark)
}
