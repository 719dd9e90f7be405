/**
 * Three members, one of whom is cut off from the others, and the healing. One round is one
 * partition: both sides add files and take one away, and when they find each other again
 * all three have the same files, with the right bytes, and none of what was deleted.
 */
import { writeFileSync } from 'bare-fs'
import { join } from 'bare-path'

import { collect, makeBytes, sha256 } from '../worker/drive-fixture.ts'
import { localDht } from '../worker/member.ts'
import { eventually, joinBy, share, startWhole, syncOf } from '../worker/whole.ts'
import type { Whole } from '../worker/whole.ts'
import { quietly } from './joining.ts'
import { below, chance, short, staged, within } from './scene.ts'
import type { Outcome, Scene } from './scene.ts'
import { poll } from '../poll.ts'

const NAMES = ['first', 'second', 'third']
const HEALING = 90_000

export const partition: Scene = ({ rounds, seed, progress }) =>
  staged(async (t) => {
    const next = chance(seed)
    const bootstrap = await localDht(t)
    const members: Whole[] = []
    for (const _ of NAMES) members.push(await startWhole(t, bootstrap))
    const [founder] = members as [Whole]
    const { relayKey } = await founder.calls.createRelay({ name: 'Field notes', access: 'closed' })
    for (const other of members.slice(1)) await joinBy(founder, other, relayKey)
    const dir = await t.tmp()
    const here = new Set<string>()
    const gone = new Set<string>()
    const outcome: Outcome = { failures: [], skipped: null, figures: { partitions: 0 } }
    const add = async (by: Whole): Promise<void> => {
      const bytes = makeBytes(1 + below(next, 2_000_000), below(next, 2 ** 31))
      const [hash, path] = [sha256(bytes), join(dir, 'added')]
      writeFileSync(path, bytes)
      await share(by, relayKey, { path, hash, name: 'added' })
      here.add(hash)
    }
    for (const member of members) await add(member)
    await settled(members, { relayKey, here, gone })
    for (let round = 0; round < rounds; round++) {
      const apart = round % members.length
      const alone = members[apart]!
      const others = members.filter((member) => member !== alone)
      await cutOff(alone)
      const [doomed = ''] = here
      for (const member of members) await add(member)
      // The founder may take anything away, whichever side it is on.
      here.delete(doomed)
      gone.add(doomed)
      const eventId = syncOf(founder, relayKey).files.get(doomed)!.eventId
      await founder.calls.deleteMessage({ relayKey, eventId })
      await others[1]!.calls.post({ relayKey, content: 'here', kind: 9, files: [] })
      await alone.calls.post({ relayKey, content: 'there', kind: 9, files: [] })
      await reunite(alone)
      outcome.figures.partitions!++
      outcome.failures.push(...(await settled(members, { relayKey, here, gone })))
      progress(`round ${round + 1} of ${rounds}: the ${NAMES[apart]} was cut off`)
      if (outcome.failures.length > 0) break
    }
    outcome.figures.files = here.size
    return outcome
  })

async function cutOff({ worker }: Whole): Promise<void> {
  const { network } = worker.use()
  await network.swarm.suspend()
  await quietly(() => network.peers === 0, [network, 'peers'])
}

async function reunite({ worker }: Whole): Promise<void> {
  await worker.use().network.swarm.resume()
}

/** Waits until all have the same. @returns what did not come about */
async function settled(
  members: Whole[],
  { relayKey, here, gone }: { relayKey: string; here: Set<string>; gone: Set<string> }
): Promise<string[]> {
  const failures: string[] = []
  for (const [i, member] of members.entries()) {
    const sync = syncOf(member, relayKey)
    const { drive } = member.worker.use()
    const agrees = eventually(sync, ({ files }) => {
      const all = [...here].every((hash) => files.get(hash)?.here === true)
      return all && ![...gone].some((hash) => files.has(hash))
    })
    try {
      await within(HEALING, `the ${NAMES[i]} has what all have`, agrees)
    } catch (err) {
      failures.push((err as Error).message)
      continue
    }
    for (const hash of here) {
      const bytes = await collect(drive.getFile(relayKey, hash))
      if (sha256(bytes) !== hash) failures.push(`the ${NAMES[i]} has wrong bytes: ${short(hash)}`)
    }
    const cleared = goneFrom(member, relayKey, gone)
    await within(HEALING, `the ${NAMES[i]} let go of what was deleted`, cleared).catch(
      (err: unknown) => failures.push((err as Error).message)
    )
  }
  return failures
}

async function goneFrom({ worker }: Whole, relayKey: string, gone: Set<string>): Promise<void> {
  const { drive } = worker.use()
  for (const hash of gone) {
    await poll(async () => !(await drive.has(relayKey, hash)), 100)
  }
}
