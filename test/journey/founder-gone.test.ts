/**
 * A founder whose computer is gone for ever: its process, started by the shipped
 * entry, is killed, and its folder with it. The others go on, and so do newcomers.
 */
import '../../worker/globals.ts'
import b4a from 'b4a'
import { rmSync } from 'bare-fs'
import { join } from 'bare-path'
import process from 'bare-process'
import test from 'brittle'

import { startMember as startProcess } from '../../app/demo/stage.ts'
import type { StagedMember } from '../../app/demo/stage.ts'
import { canFork } from '../../worker/relays/indexer-effects.ts'
import { heard, join as joinBy, quiet, says } from '../worker/group-fixture.ts'
import type { Seat } from '../worker/group-fixture.ts'
import { localDht, startMember, until } from '../worker/member.ts'
import type { TestContext } from '../worker/member.ts'

const ROUNDS = 60

async function founded(t: TestContext, bootstrap: string): Promise<StagedMember> {
  const founder = await startProcess('Mara', join(await t.tmp(), 'storage'), bootstrap)
  t.teardown(async () => {
    await founder.face.close()
    await founder.program.stop()
  })
  return founder
}

/** Resolves once it holds; that something was signed has no event of its own. */
function eventually(holds: () => boolean | Promise<boolean>, ...all: Seat[]): Promise<void> {
  let timer: ReturnType<typeof setInterval> | null = null
  const ticking = {
    on(_event: string, look: () => void): void {
      timer ??= setInterval(look, 200)
    }
  }
  return until(holds, ticking, ...all.map(({ group }) => group)).finally(() => {
    if (timer !== null) clearInterval(timer)
  })
}

test('a founder killed for good: admitted, removed, signed', { timeout: 240_000 }, async (t) => {
  const bootstrap = await localDht(t)
  const founder = await founded(t, bootstrap.join(','))
  const { relayKey } = await founder.face.call('createRelay', {
    name: 'Field notes',
    access: 'closed'
  })
  const seats: Seat[] = []
  for (let i = 0; i < 2; i++) {
    const member = await startMember(t, bootstrap)
    const terms = { relayKey, expiresIn: 600, uses: 1 }
    const { invite } = await founder.face.call('createInvite', terms)
    const group = await member.relays.join(invite, quiet())
    seats.push({ member, group, pubkey: member.identity.pubkey })
  }
  const [a, m] = seats as [Seat, Seat]
  await founder.face.call('setRole', { relayKey, pubkey: a.pubkey, role: 'admin' })
  for (let i = 0; i < ROUNDS; i++) await says(m, `history ${i}`)
  const signable = async (): Promise<boolean> => {
    const { base, writer } = a.group.relay
    const known = await canFork(b4a.from(writer, 'hex'), base.indexedLength, base.system)
    return known && base.view.log.signedLength > ROUNDS
  }
  await eventually(signable, a, m)

  process.kill(founder.program.pid, 'SIGKILL')
  await founder.program.stop()
  rmSync(founder.storage, { recursive: true, force: true })

  const late = await joinBy(a, await startMember(t, bootstrap))
  await heard(await says(late, 'admitted by another'), a, m)
  await a.group.acts.removeUser(m.pubkey)
  await eventually(() => !late.group.relay.members.has(m.pubkey), late)
  t.ok((await a.group.succession.signing()).unsigned > 0, 'nobody signs')
  const signedBefore = a.group.relay.base.view.log.signedLength

  await eventually(() => a.group.link?.onlinePubkeys().has(founder.pubkey) !== true, a)
  await a.group.succession.declareLost()
  const { base } = a.group.relay
  await eventually(() => base.view.log.signedLength > signedBefore, a, late)
  await eventually(async () => (await a.group.succession.signing()).unsigned === 0, a, late)
  t.pass('the signed length grows again')
  const signers = async (): Promise<string> =>
    (await late.group.succession.signing()).signers.join()
  await eventually(async () => (await signers()) === a.pubkey, a, late)

  const later = await joinBy(a, await startMember(t, bootstrap))
  await heard(await says(later, 'from one who came later'), a, late)
  const { relay } = later.group
  await eventually(() => relay.systemKey === a.group.relay.systemKey, later)
  await eventually(
    async () => {
      const [ours, theirs] = [a.group.relay.base.view.log, relay.base.view.log]
      if (ours.length !== theirs.length) return false
      return b4a.equals(await ours.treeHash(), await theirs.treeHash())
    },
    a,
    later
  )
  t.ok(relay.replayed < ROUNDS, `replayed ${relay.replayed} nodes of more than ${ROUNDS}`)
})
