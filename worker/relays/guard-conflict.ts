/**
 * Keeps one writer that says two things at one length from silencing the others.
 *
 * Hypercore freezes a core for good, for every reader, as soon as somebody shows that its
 * owner signed two blocks at one place. Then whoever had heard the newer of that writer's
 * nodes, and named them in its own, is not understood any more by those who froze before:
 * one member could split a group so, as it likes. Here a writer's core is kept as it came
 * first. What others have of it does not fit, and is not taken; which of the two counts is
 * settled by those who sign the view (`astray.ts`).
 *
 * Our own core is not spared: that somebody writes with our key we must hear of.
 */
import AutobaseWriter from 'autobase/lib/writer.js'

const open = AutobaseWriter.prototype._open

AutobaseWriter.prototype._open = async function (): Promise<void> {
  await open.call(this)
  // True: that peer is asked no more about this core. Otherwise it would be, again and again.
  if (!this.core.writable) this.core.core.checkConflict = () => Promise.resolve(true)
}
