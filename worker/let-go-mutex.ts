/**
 * Lets what was a snapshot of a Hypercore be forgotten at once.
 *
 * V8 puts a function that is written down as the value of a property (`x.f = () => …`) with
 * what lasts: it looks for garbage there once in thousands of events, and until then the
 * function keeps all that it can see. Hypercore makes such a function for the lock of each
 * snapshot, and the closed lock keeps an error, whose stack has everybody who waited for the
 * closing: the look-ups of the snapshot, with every node of a tree that they came by. That was
 * more than half of what outlived the young generation when events are stored. Here a closed
 * lock keeps no error of its own, and no function.
 */
import Mutex from 'hypercore/lib/mutex.js'

/** What a lock that was closed refuses with. Its stack says nothing, nor did that of the closing. */
const CLOSED = new Error('Closed')

type Waiting = [resolve: () => void, reject: (err: unknown) => void]

interface Lock {
  _queue: Waiting[]
  _destroyError: Error | null
  destroy(err?: Error): Promise<void>
}

const locks = Mutex.prototype as unknown as Lock
const { destroy } = locks

Object.defineProperty(locks, '_enqueue', {
  get(this: Lock) {
    return (...waiting: Waiting): void => void this._queue.push(waiting)
  },
  set() {} // a lock that nobody waits for needs none
})

locks.destroy = function (this: Lock, err?: Error): Promise<void> {
  const ended = destroy.call(this, err)
  if (err !== undefined && this._destroyError === err) this._destroyError = CLOSED
  return ended
}
