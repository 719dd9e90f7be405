/** Groups: making, listing, inviting, joining, leaving. */
import { HypertunaError } from '../../../protocol/errors.ts'
import type { Access, JoinProgress, Relay } from '../../../protocol/rpc/generated/types.ts'
import { groupOf, groups } from '../choose.ts'
import { readStdin } from '../stdin.ts'
import type { Call, Verb } from '../verb.ts'
import { columns, counted, countIn, secondsIn, timeOf } from '../words.ts'

const ACCESS: readonly string[] = ['open', 'closed', 'private']
const WORDS: Record<string, string> = {
  waiting: 'Waiting for a member who lets us in…',
  asked: 'Waiting for an admin’s answer… (Ctrl-C leaves the request standing)',
  pairing: 'A member answers…',
  syncing: 'Let in; the group is arriving…'
}

export const create: Verb = {
  name: 'relay create',
  summary: 'Makes a group with you as its admin',
  args: [['<name>', 'what people call it']],
  flags: [
    ['--access [access]', 'who joins and reads: open, closed (default) or private'],
    ['--alias [alias]', 'its short name in links: a-z, 0-9 and - (default: from the name)'],
    ['--about [text]', 'what it is about']
  ],
  async run({ args, flags, face, out }) {
    const access = textOf(flags, 'access') ?? 'closed'
    if (!ACCESS.includes(access)) {
      throw new HypertunaError('USAGE', `--access is one of ${ACCESS.join(', ')}`)
    }
    const relay = await (
      await face()
    ).call('createRelay', {
      name: args.name ?? '',
      access: access as Access,
      alias: textOf(flags, 'alias'),
      about: textOf(flags, 'about')
    })
    out.result(relay, [`${relay.name}  ${relay.publicIdentifier}`])
  }
}

export const groupList: Verb = {
  name: 'relay list',
  summary: 'Lists your groups',
  async run({ face, out }) {
    const all = await groups(await face())
    const rows = all.map((relay) => [
      relay.relayKey.slice(0, 12),
      relay.name,
      relay.access,
      standing(relay),
      `${relay.online} of ${relay.members} online`,
      counted(relay.files, 'file'),
      relay.publicIdentifier
    ])
    out.result(all, all.length === 0 ? ['No groups yet: hypertuna relay create'] : columns(rows))
  }
}

export const address: Verb = {
  name: 'relay address',
  summary: 'Prints where Nostr clients of this computer find a group, and what they call it',
  description:
    'The first line is the relay’s address, the second the group’s naddr (NIP-29). With ?invite= and an invite behind it, the naddr lets somebody in.',
  args: [['<group>', 'its name, alias, identifier or key']],
  async run({ args, face: open, out }) {
    const { relayKey, socket, reference } = await groupOf(await open(), args.group ?? '')
    const found = [socket, reference].filter((text) => typeof text === 'string')
    if (found.length < 2) throw new HypertunaError('BUSY', 'The group is still arriving here')
    out.result({ relayKey, socket, reference }, found)
  }
}

export const invite: Verb = {
  name: 'relay invite',
  summary: 'Makes an invite',
  args: [['<group>', 'its name, alias, identifier or key']],
  flags: [
    ['--expires [time]', '15m, 24h, 7d … or never (default 24h)'],
    ['--uses [n]', 'how many may come by it, 0 for any number (default 1)'],
    ['--approval', 'ask an admin about each who comes']
  ],
  async run({ args, flags, face: open, out }) {
    const wish = {
      expiresIn: secondsIn(textOf(flags, 'expires') ?? '24h'),
      uses: countIn('--uses', textOf(flags, 'uses') ?? '1', 0),
      approval: flags.approval === true
    }
    const face = await open()
    const { relayKey } = await groupOf(face, args.group ?? '')
    const made = await face.call('createInvite', { relayKey, ...wish })
    out.result(made, [made.invite])
    out.note(made.expiresAt === 0 ? 'It never expires.' : `Good until ${timeOf(made.expiresAt)}.`)
  }
}

export const join: Verb = {
  name: 'relay join',
  summary: 'Joins a group by an invite, and waits until you are in',
  description:
    'An invite is a secret: - reads it from standard input, where no other program sees it.',
  args: [['<invite>', 'as you were given it, or -']],
  async run({ args, face: open, out }) {
    const invite = args.invite === '-' ? await readStdin() : (args.invite ?? '')
    const face = await open()
    const relay = await new Promise<Relay>((resolve, reject) => {
      let told = ''
      const onprogress = ({ phase, relay: joined }: JoinProgress): void => {
        if (phase === 'ready' && joined) return resolve(joined)
        if (phase !== told && WORDS[phase] !== undefined) out.note(WORDS[phase])
        told = phase
      }
      face.subscribe('joinRelay', { invite }, onprogress, (err) => {
        reject(err ?? new HypertunaError('CLOSED', 'The worker ended before we were let in'))
      })
    })
    out.result(relay, [`You are in ${relay.name}  ${relay.publicIdentifier}`])
  }
}

export const leave: Verb = {
  name: 'relay leave',
  summary: 'Leaves a group; what is here stays, unless you say --forget',
  args: [['<group>', 'its name, alias, identifier or key']],
  flags: [['--forget', 'take the group and its files off this computer, too']],
  async run({ args, flags, face: open, out }) {
    const face = await open()
    const relay = await groupOf(face, args.group ?? '')
    const { relayKey, name } = relay
    if (standing(relay) !== 'gone') await face.call('leaveGroup', { relayKey })
    if (flags.forget === true) await face.call('forgetGroup', { relayKey })
    const forgotten = flags.forget === true
    out.result({ relayKey, forgotten }, [`Left ${name}${forgotten ? ', and forgot it' : ''}`])
  }
}

function standing({ left, removed, deleted, state, role }: Relay): string {
  if (left || removed || deleted) return 'gone'
  return state === 'joining' ? 'joining' : role
}

function textOf(flags: Call['flags'], name: string): string | null {
  const value = flags[name]
  return typeof value === 'string' ? value : null
}
