/** What is kept on this device: of each group, how much, and which files whatever happens. */
import { HypertunaError } from '../../../protocol/errors.ts'
import type { Relay } from '../../../protocol/rpc/generated/types.ts'
import type { Face } from '../../face.ts'
import { filesNamed, groupOf, groups } from '../choose.ts'
import type { Call, Described, Verb } from '../verb.ts'
import { bytesIn, columns, countIn, sizeOf } from '../words.ts'

const GROUP: Described = ['<group>', 'its name, alias, identifier or key']
const FILE: Described = ['<file>', 'its name, path or hash']

export const keep: Verb = {
  name: 'keep',
  summary: 'Says which files come to this device, and how much they may take; or changes it',
  description:
    'on-demand: those that somebody here asks for or pins, and those that too few others have. ' +
    'Without a group, --quota is for the files of all of them.',
  args: [
    ['[group]', GROUP[1]],
    ['[what]', 'all, or on-demand']
  ],
  flags: [
    ['--quota [size]', 'most that files may take on this device: 500MB, 20GB, or none'],
    ['--copies [n]', 'of each file, 1 to 99, where admins have not said']
  ],
  async run(call) {
    const { args, flags, out } = call
    const what = whatOf(args.what)
    const quota = typeof flags.quota === 'string' ? bytesIn(flags.quota) : null
    const copies = typeof flags.copies === 'string' ? countIn('--copies', flags.copies, 1) : null
    const face = await call.face()
    if (args.group === undefined) {
      if (copies !== null) throw new HypertunaError('USAGE', '--copies is said of one group')
      if (quota !== null) await face.call('setQuota', withBytes({}, quota))
    } else {
      const { relayKey } = await groupOf(face, args.group)
      if (what !== null) await face.call('setKeep', { relayKey, keep: what })
      if (quota !== null) await face.call('setQuota', withBytes({ relayKey }, quota))
      if (copies !== null) await face.call('setCopies', { relayKey, copies })
    }
    await tell(face, args.group, out)
  }
}

export const pin: Verb = pinning('pin', 'Keeps files on this device whatever happens to others')
export const unpin: Verb = pinning('unpin', 'Lets pinned files go again where there is need')

function pinning(name: 'pin' | 'unpin', summary: string): Verb {
  return {
    name,
    summary,
    args: [GROUP, FILE],
    rest: ['[...more]', 'further files'],
    async run({ args, rest, face: open, out }) {
      const face = await open()
      const { relayKey } = await groupOf(face, args.group ?? '')
      const meant = await filesNamed(face, relayKey, [args.file ?? '', ...rest])
      for (const { hash } of meant) {
        await face.call(name === 'pin' ? 'pinFile' : 'unpinFile', { relayKey, hash })
      }
      const said = name === 'pin' ? 'Stays here' : 'May go again'
      out.result(
        meant.map(({ hash, name }) => ({ hash, name })),
        meant.map(({ hash, name }) => `${said}: ${name ?? hash}`)
      )
    }
  }
}

/** How it is now. */
async function tell(face: Face, group: string | undefined, out: Call['out']): Promise<void> {
  const { quotaBytes } = await face.first('status', {}, ({ state }) => state !== 'starting')
  const told = group === undefined ? await groups(face) : [await groupOf(face, group)]
  const row = ({ name, keep, keptBytes, quotaBytes, copies }: Relay): string[] => [
    name,
    keep ?? 'all',
    `${sizeOf(keptBytes ?? 0)} kept`,
    quotaOf(quotaBytes),
    `${copies ?? 0} copies wanted`
  ]
  const rows = columns(told.map(row))
  const result = told.map(({ relayKey, name, keep, keptBytes, quotaBytes, copies }) => {
    return { relayKey, name, keep, keptBytes, quotaBytes: quotaBytes || null, copies }
  })
  const device = `files of all groups: ${quotaOf(quotaBytes)}`
  out.result({ quotaBytes: quotaBytes || null, groups: result }, [...rows, device])
}

/** Nought is told where there is none. */
const quotaOf = (bytes: number | null | undefined): string =>
  bytes ? `of ${sizeOf(bytes)}` : 'no quota'

function whatOf(text: string | undefined): 'all' | 'on-demand' | null {
  if (text === undefined) return null
  if (text === 'all' || text === 'on-demand') return text
  throw new HypertunaError('USAGE', `A group's files are kept "all" or "on-demand", not "${text}"`)
}

/** Without bytes there is no limit. */
const withBytes = <T extends object>(of: T, bytes: number): T & { bytes?: number } =>
  bytes === Infinity ? of : { ...of, bytes }
