/**
 * Has each core say once whose it is, and not once to every relay.
 *
 * A relay that is opened asks all cores of the store whether they are its writers', which is
 * two reads of each: of twenty relays most of the time until they were there. What a core
 * once said of that does not change, so it is kept beside it.
 */
import b4a from 'b4a'
import AutoWakeup from 'autobase/lib/wakeup.js'

/** What a core keeps of its relay; both null while none has taken it. */
interface Owner {
  /** The relay whose writer's it is. */
  referrer: Uint8Array | null
  /** The name of the view that it is of. */
  view: Uint8Array | null
}

const owners = new WeakMap<AutoWakeup.Core, Promise<Owner>>()

AutoWakeup.prototype._add = async function (core): Promise<boolean> {
  if (core.opened === false) await core.ready()
  if (core.closing || core === this.base.local.core) return false
  const { referrer, view } = await ownerOf(core)
  if (view !== null || referrer === null || !b4a.equals(referrer, this.base.key)) return false
  core.preupdate = this._preupdateBound
  return true
}

function ownerOf(core: AutoWakeup.Core): Promise<Owner> {
  const known = owners.get(core)
  if (known !== undefined) return known
  const asked = askOwner(core)
  owners.set(core, asked)
  const forget = (): void => void owners.delete(core)
  asked.then(({ referrer, view }) => {
    if (referrer === null && view === null) forget() // it may be taken yet
  }, forget)
  return asked
}

async function askOwner(core: AutoWakeup.Core): Promise<Owner> {
  const reading = core.storage.read()
  const asked = Promise.all([reading.getUserData('referrer'), reading.getUserData('autobase/view')])
  reading.tryFlush()
  const [referrer, view] = await asked
  return { referrer, view }
}
