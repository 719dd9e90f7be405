/** A group's life as faces see and steer it: through the calls of whole workers. */
import AbortController from 'bare-abort-controller'
import test from 'brittle'

import { generateSecretKey, getPublicKey, signEvent } from '../../protocol/nostr.ts'
import type * as Rpc from '../../protocol/rpc/generated/types.ts'
import { now } from '../../worker/relays/group.ts'
import { localDht } from './member.ts'
import type { TestContext } from './member.ts'
import { joinBy, startWhole, together } from './whole.ts'
import type { Whole } from './whole.ts'

type Feed = 'signing' | 'members' | 'requests' | 'invites' | 'pinned' | 'conversation' | 'relayList'

/** Waits for a value of a feed that is as wanted, and leaves the feed. */
function wanted<Name extends Feed, Value extends Rpc.Calls[Name]['response']>(
  { calls }: Whole,
  name: Name,
  relayKey: string,
  holds: (value: Value) => boolean
): Promise<Value> {
  const abort = new AbortController()
  return new Promise((resolve, reject) => {
    const seen = (value: Value): boolean => {
      if (!subscription.closed && holds(value)) {
        subscription.closed = true
        resolve(value)
        abort.abort(undefined)
      }
      return true
    }
    const subscription = {
      signal: abort.signal,
      closed: false,
      send: seen,
      latest: seen,
      fail: reject
    }
    const call = calls[name] as (request: unknown, subscription: unknown) => void
    call({ relayKey, limit: 100 }, subscription)
  })
}

const member = (whole: Whole, relayKey: string, who: Whole, holds: (m: Rpc.Member) => boolean) =>
  wanted<'members', Rpc.Members>(whole, 'members', relayKey, ({ members }) =>
    members.some((one) => one.pubkey === pubkeyOf(who) && holds(one))
  )

const relay = (whole: Whole, relayKey: string, holds: (relay: Rpc.Relay) => boolean) =>
  wanted<'relayList', Rpc.RelayList>(whole, 'relayList', relayKey, ({ relays }) =>
    relays.some((one) => one.relayKey === relayKey && holds(one))
  )

/** The words of a conversation, as soon as they are these. */
async function says(whole: Whole, relayKey: string, words: string[]): Promise<void> {
  let shown: Rpc.ConversationEvent[] = []
  await wanted<'conversation', Rpc.ConversationUpdate>(
    whole,
    'conversation',
    relayKey,
    ({ reset, events }) => {
      // What the first look saw may come once more as news
      const known = new Set(reset ? [] : shown.map(({ id }) => id))
      shown = [...(reset ? [] : shown), ...events.filter(({ id }) => !known.has(id))]
      const said = shown.filter(({ kind }) => kind === 9).map(({ content }) => content)
      return JSON.stringify(said) === JSON.stringify(words)
    }
  )
}

async function post({ calls }: Whole, relayKey: string, content: string): Promise<string> {
  return (await calls.post({ relayKey, content, kind: 9, files: [] })).eventId
}

const pubkeyOf = ({ worker }: Whole): string => worker.use().identity.pubkey

async function start(t: TestContext, count: number): Promise<Whole[]> {
  const bootstrap = await localDht(t)
  return Promise.all(Array.from({ length: count }, () => startWhole(t, bootstrap)))
}

test('who may do what with whom is told, and holds', { timeout: 120_000 }, async (t) => {
  const [a, b, c] = (await start(t, 3)) as [Whole, Whole, Whole]
  const { relayKey } = await together(a, [b, c])
  const hers = await member(a, relayKey, c, () => true)
  const of = ({ members }: Rpc.Members, who: Whole): Rpc.Member | undefined =>
    members.find(({ pubkey }) => pubkey === pubkeyOf(who))
  t.alike(of(hers, b)?.roles, ['admin', 'moderator'])
  t.is(of(hers, b)?.canRemove, true)
  t.is(of(hers, b)?.devices, 1)
  t.is(of(hers, a)?.creator, true)
  t.is(of(hers, a)?.canRemove, false, 'not oneself')

  await a.calls.setRole({ relayKey, pubkey: pubkeyOf(b), role: 'admin' })
  await a.calls.setRole({ relayKey, pubkey: pubkeyOf(c), role: 'admin' })
  const his = await member(b, relayKey, c, ({ role }) => role === 'admin')
  t.alike(of(his, a)?.roles, [], 'the creator is above everybody')
  t.is(of(his, c)?.canRemove, true, 'an earlier admin is above a later one')
  const theirs = await member(c, relayKey, c, ({ role }) => role === 'admin')
  t.is(of(theirs, b)?.canRemove, false)
  await t.exception(c.calls.removeMember({ relayKey, pubkey: pubkeyOf(b) }), /senior/)
  await b.calls.setRole({ relayKey, pubkey: pubkeyOf(c), role: 'moderator' })
  await member(c, relayKey, c, ({ role }) => role === 'moderator')
  t.is((await relay(c, relayKey, ({ role }) => role === 'moderator')).relays.length, 1)
  await t.exception(c.calls.editGroup({ relayKey, name: 'Mine', about: '' }), /admin/)
})

test('an admin who becomes a moderator still moderates', { timeout: 60_000 }, async (t) => {
  const [a, b] = (await start(t, 2)) as [Whole, Whole]
  const { relayKey } = await together(a, [b])
  const eventId = await post(a, relayKey, 'hi')
  await says(b, relayKey, ['hi'])
  const become = async (role: Rpc.Role): Promise<void> => {
    await a.calls.setRole({ relayKey, pubkey: pubkeyOf(b), role })
    await relay(b, relayKey, (one) => one.role === role)
  }
  await become('admin')
  await b.calls.editGroup({ relayKey, name: 'Field book', about: '' })
  await relay(a, relayKey, ({ name }) => name === 'Field book')
  await become('moderator')
  await b.calls.pinMessage({ relayKey, eventId })
  await b.calls.deleteMessage({ relayKey, eventId })
  await says(a, relayKey, [])
  t.pass('of others too')
})

test(
  'what a removed member writes afterwards appears nowhere, and it is told',
  { timeout: 120_000 },
  async (t) => {
    const [a, b, c] = (await start(t, 3)) as [Whole, Whole, Whole]
    const { relayKey } = await together(a, [b, c])
    await post(b, relayKey, 'before')
    await says(a, relayKey, ['before'])
    await says(c, relayKey, ['before'])
    await b.worker.use().network.swarm.suspend()
    await post(b, relayKey, 'after, and unheard')
    await a.calls.removeMember({ relayKey, pubkey: pubkeyOf(b) })
    await b.worker.use().network.swarm.resume()
    await relay(b, relayKey, ({ removed, role }) => removed === true && role === 'none')
    t.pass('it learns that it was removed')
    await says(b, relayKey, ['before'])
    await t.exception(post(b, relayKey, 'still here'), /NOT|not/)
    await post(c, relayKey, 'the others go on')
    await says(a, relayKey, ['before', 'the others go on'])
    await says(c, relayKey, ['before', 'the others go on'])
    t.pass('nothing of it reached the others')
    const { events } = await wanted<'conversation', Rpc.ConversationUpdate>(
      c,
      'conversation',
      relayKey,
      ({ reset }) => reset
    )
    const line = events.find(({ kind }) => kind === 9001)
    t.is(line?.subject, pubkeyOf(b), 'and the conversation says who was removed')
  }
)

test('a signer who is lost is declared so by another admin', { timeout: 120_000 }, async (t) => {
  const [a, b] = (await start(t, 2)) as [Whole, Whole]
  const { relayKey } = await together(a, [b])
  const signing = (holds: (signing: Rpc.Signing) => boolean): Promise<Rpc.Signing> =>
    wanted<'signing', Rpc.Signing>(b, 'signing', relayKey, holds)
  await a.calls.setRole({ relayKey, pubkey: pubkeyOf(b), role: 'admin' })
  const before = await signing(({ successor }) => successor === pubkeyOf(b))
  t.alike(before.signers, [pubkeyOf(a)])
  t.is(before.declared, false)
  await member(b, relayKey, a, ({ online }) => online)
  await t.exception(b.calls.declareSignersLost({ relayKey }), /connected/)
  const founder = pubkeyOf(a)
  await a.close()
  await wanted<'members', Rpc.Members>(b, 'members', relayKey, ({ members }) =>
    members.some(({ pubkey, online }) => pubkey === founder && !online)
  )
  await b.calls.declareSignersLost({ relayKey })
  const after = await signing(({ signers }) => signers[0] === pubkeyOf(b))
  t.is(after.signers.length, 1)
})

test(
  'messages are taken back by their author and by a moderator, and pinned',
  { timeout: 120_000 },
  async (t) => {
    const [a, b, c] = (await start(t, 3)) as [Whole, Whole, Whole]
    const { relayKey } = await together(a, [b, c])
    await a.calls.setRole({ relayKey, pubkey: pubkeyOf(b), role: 'moderator' })
    const own = await post(c, relayKey, 'oops')
    const rude = await post(c, relayKey, 'rude')
    const good = await post(c, relayKey, 'good')
    await says(b, relayKey, ['oops', 'rude', 'good'])
    await member(b, relayKey, b, ({ role }) => role === 'moderator')
    await c.calls.deleteMessage({ relayKey, eventId: own })
    await b.calls.deleteMessage({ relayKey, eventId: rude })
    await says(a, relayKey, ['good'])
    await says(c, relayKey, ['good'])
    await t.exception(c.calls.pinMessage({ relayKey, eventId: good }), /only an admin/)
    await b.calls.pinMessage({ relayKey, eventId: good })
    await relay(a, relayKey, ({ pins }) => pins?.[0] === good)
    const { events } = await wanted<'pinned', Rpc.PinnedEvents>(
      c,
      'pinned',
      relayKey,
      ({ events }) => events.length === 1
    )
    t.is(events[0]?.content, 'good')
    await a.calls.unpinMessage({ relayKey, eventId: good })
    await relay(c, relayKey, ({ pins }) => pins?.length === 0)
    t.pass('and unpinned')
  }
)

test(
  'invites are listed and revoked; who asks is approved or declined',
  { timeout: 120_000 },
  async (t) => {
    const [a, b] = (await start(t, 2)) as [Whole, Whole]
    const { relayKey } = await together(a, [])
    const ask = { relayKey, expiresIn: 600, uses: 3, approval: true }
    const { invite } = await a.calls.createInvite(ask)
    const { invites } = await wanted<'invites', Rpc.Invites>(
      a,
      'invites',
      relayKey,
      ({ invites }) => invites.length === 1 && Boolean(invites[0]?.invite)
    )
    const [made] = invites
    t.is(made?.invite, invite, 'who made it may show it again')
    t.is(made?.uses, 3)
    t.is(made?.used, 0)
    t.is(made?.approval, true)
    t.is(made?.by, pubkeyOf(a))
    await a.calls.revokeInvite({ relayKey, id: made?.id ?? '' })
    await wanted<'invites', Rpc.Invites>(
      a,
      'invites',
      relayKey,
      ({ invites }) => invites.length === 0
    )
    await joinBy(a, b, relayKey)
    t.pass('another one works')

    const keys = [generateSecretKey(), generateSecretKey()] as const
    const group = a.worker.use().relays.get(relayKey)
    for (const key of keys) {
      const tags = [['h', group.relay.facts?.alias ?? '']]
      const template = { kind: 9021, created_at: now(), tags, content: 'May I?' }
      await group.relay.append([{ type: 'event', event: signEvent(template, key) }])
    }
    const { requests } = await wanted<'requests', Rpc.JoinRequests>(
      a,
      'requests',
      relayKey,
      ({ requests }) => requests.length === 2
    )
    t.alike(
      requests.map(({ words }) => words),
      ['May I?', 'May I?']
    )
    await relay(a, relayKey, ({ requests }) => requests === 2)
    const [first, second] = keys.map(getPublicKey) as [string, string]
    await a.calls.approveRequest({ relayKey, pubkey: first })
    await a.calls.declineRequest({ relayKey, pubkey: second })
    await relay(a, relayKey, ({ requests, members }) => requests === 0 && members === 3)
    await t.exception(a.calls.approveRequest({ relayKey, pubkey: 'nobody' }), /names nobody/)
    await t.exception(a.calls.declineRequest({ relayKey, pubkey: second }), /answered already/)
  }
)

test('a group is described anew, left, and deleted', { timeout: 120_000 }, async (t) => {
  const [a, b, c] = (await start(t, 3)) as [Whole, Whole, Whole]
  const { relayKey } = await together(a, [b, c])
  const picture = 'https://h.example/p.png'
  await a.calls.editGroup({ relayKey, name: 'Field book', about: 'Birds', picture })
  await relay(b, relayKey, (one) => one.name === 'Field book' && one.about === 'Birds')
  await relay(b, relayKey, (one) => one.picture === picture)
  await a.calls.editGroup({ relayKey, name: 'Field book', about: '' })
  await relay(b, relayKey, (one) => one.about === '' && one.picture === null)
  t.pass('as a whole')

  await t.exception(a.calls.leaveGroup({ relayKey }), /last admin/)
  await b.calls.leaveGroup({ relayKey })
  await relay(a, relayKey, ({ members }) => members === 2)
  await relay(b, relayKey, ({ left, removed }) => left === true && removed !== true)
  t.pass('who leaves is told so, and counted no more')

  await t.exception(c.calls.deleteGroup({ relayKey }), /only/)
  await a.calls.deleteGroup({ relayKey })
  await relay(c, relayKey, ({ deleted }) => deleted === true)
  await t.exception(post(c, relayKey, 'too late'), /deleted/)
  await c.calls.forgetGroup({ relayKey })
  const { relays } = await wanted<'relayList', Rpc.RelayList>(c, 'relayList', relayKey, () => true)
  t.alike(relays, [])
})

test('an admin lists the gateways of a private group', { timeout: 90_000 }, async (t) => {
  const [a, b] = (await start(t, 2)) as [Whole, Whole]
  const { relayKey } = await together(a, [b], 'private')
  const keys = ['a'.repeat(64), 'b'.repeat(64)]
  const told = { relayKey, name: 'Demos', about: 'Ours' }
  const list = (gateways: string[]) => a.calls.editGroup({ ...told, gateways })
  const listed = (whole: Whole, wished: string[]) =>
    relay(whole, relayKey, ({ gateways }) => JSON.stringify(gateways) === JSON.stringify(wished))
  await listed(b, [])
  await list([keys[0]!.toUpperCase(), ` ${keys[1]} `, keys[0]!])
  await listed(b, keys)
  await a.calls.editGroup({ ...told, about: 'Only ours' })
  await relay(b, relayKey, ({ about }) => about === 'Only ours')
  await listed(b, keys)
  t.pass('they stay when other things are edited')
  for (const wrong of ['npub1', keys[0]!.slice(1), `${keys[0]}0`, 'g'.repeat(64)]) {
    await t.exception(list([keys[0]!, wrong]), /64 hex digits/)
  }
  const many = Array.from({ length: 17 }, (_, i) => i.toString(16).padStart(64, '0'))
  await t.exception(list(many), /at most 16/)
  await t.exception(b.calls.editGroup({ ...told, gateways: keys }), /admin/)
  await t.exception(a.calls.editGroup({ ...told, access: 'open' }), /private from its beginning/)
  await list(keys.slice(1))
  await listed(b, keys.slice(1))
  await list([])
  await listed(b, [])
  t.pass('and taken off')
})

test('a closed group is opened, and closed again', { timeout: 90_000 }, async (t) => {
  const [a, b, c] = (await start(t, 3)) as [Whole, Whole, Whole]
  const { relayKey } = await together(a, [b])
  const told = { relayKey, name: 'Field notes', about: '' }
  const access = async (wished: Rpc.Access): Promise<void> => {
    await a.calls.editGroup({ ...told, access: wished })
    for (const whole of [a, b]) await relay(whole, relayKey, (one) => one.access === wished)
  }
  await t.exception(a.calls.editGroup({ ...told, access: 'private' }), /from its beginning/)
  await t.exception(a.calls.editGroup({ ...told, gateways: ['a'.repeat(64)] }), /Only a private/)
  const { invite } = await a.calls.createInvite({ relayKey, expiresIn: 600, uses: 1 })
  await access('open')
  await a.worker.use().network.swarm.suspend()
  await asks(c, invite, '').joined
  t.pass('any member lets in who has an invite')
  await a.worker.use().network.swarm.resume()
  await relay(a, relayKey, ({ members }) => members === 3)
  await access('closed')
  const { members } = await wanted<'members', Rpc.Members>(b, 'members', relayKey, () => true)
  t.is(members.length, 3, 'who is in stays')
})

test('who asks to be let in says a name', { timeout: 90_000 }, async (t) => {
  const [a, b, c] = (await start(t, 3)) as [Whole, Whole, Whole]
  const { relayKey } = await together(a, [])
  const { invite } = await a.calls.createInvite({
    relayKey,
    expiresIn: 600,
    uses: 2,
    approval: true
  })
  const long = `Sun\u202eniva ${'𝒜'.repeat(99)}`
  const asked = [asks(b, invite, 'Ivo'), asks(c, invite, long)]
  const { requests } = await wanted<'requests', Rpc.JoinRequests>(
    a,
    'requests',
    relayKey,
    ({ requests }) => requests.length === 2
  )
  const of = (who: Whole) => requests.find(({ pubkey }) => pubkey === pubkeyOf(who))
  t.is(of(b)?.name, 'Ivo')
  t.is(of(b)?.words, null)
  t.is(of(c)?.name, `Sunniva ${'𝒜'.repeat(46)}`, 'on one line, and not too long')
  await a.calls.approveRequest({ relayKey, pubkey: pubkeyOf(b) })
  await a.calls.approveRequest({ relayKey, pubkey: pubkeyOf(c) })
  await Promise.all(asked.map(({ joined }) => joined))
  t.pass('both are in')
})

/** Joins by an invite as somebody with a name. */
function asks({ worker }: Whole, invite: string, name: string): { joined: Promise<unknown> } {
  const signal = { aborted: false, addEventListener() {}, removeEventListener() {} }
  return { joined: worker.use().relays.join(invite, { signal, name, onphase() {} }) }
}
