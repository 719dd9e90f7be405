/**
 * A post that a face asks for again, since it never heard whether the first time did it, is made
 * once. The face's own name for the post lies in the event: whether it was made is in the log
 * then, and nowhere else, whatever ended the worker meanwhile.
 */
import { HypertunaError } from '../../protocol/errors.ts'
import { tagValue } from '../../protocol/nostr.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import { findNewest } from '../relays/newest.ts'
import type { Relay } from '../relays/relay.ts'

const TAG = 'post-id'
const POST_ID = /^[\w-]{16,64}$/
/** Events at the log's end among which one is looked for that was made before. */
const LOOKED_AT = 512

export interface PostName {
  /** Nobody else's, and of one post; null when the face never asks twice. */
  postId: string | null
  /** Whether it was asked for before. */
  again: boolean
  /** Who posts, hex. */
  author: string
}

/** Posts on their way, by their names: their faces may have gone and come again. */
const making = new WeakMap<Relay, Map<string, Promise<NostrEvent>>>()

/**
 * Makes a post, or gives the event that it became before, or becomes now.
 *
 * @param make given the tags that the event is to have for it
 * @throws BAD_REQUEST, and what `make` does
 */
export async function postOnce(
  relay: Relay,
  { postId, again, author }: PostName,
  make: (tags: string[][]) => Promise<NostrEvent>
): Promise<NostrEvent> {
  if (postId === null) return make([])
  if (!POST_ID.test(postId)) {
    throw new HypertunaError('BAD_REQUEST', 'A post’s name has 16 to 64 letters, digits and dashes')
  }
  const ours = making.get(relay) ?? new Map<string, Promise<NostrEvent>>()
  making.set(relay, ours)
  const under = ours.get(postId)
  if (under !== undefined) return under
  const made = (async () => (again ? await find(relay, author, postId) : null))()
  const event = made.then((known) => known ?? make([[TAG, postId]]))
  ours.set(postId, event)
  try {
    return await event
  } finally {
    ours.delete(postId)
  }
}

/** One that was deleted since counts: it is not to come back. */
function find(relay: Relay, author: string, postId: string): Promise<NostrEvent | null> {
  return findNewest(
    relay,
    LOOKED_AT,
    (event) => event.pubkey === author && tagValue(event, TAG) === postId
  )
}
