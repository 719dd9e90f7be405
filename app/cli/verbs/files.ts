/** The files of a group: listing them, taking them away, links to them. */
import { HypertunaError } from '../../../protocol/errors.ts'
import type { SharedFile } from '../../../protocol/rpc/generated/types.ts'
import { allFiles } from '../../face.ts'
import { fileOf, filesNamed, groupOf, withNames } from '../choose.ts'
import type { Described, Verb } from '../verb.ts'
import { columns, sizeOf, timeOf } from '../words.ts'

const GROUP: Described = ['<group>', 'its name, alias, identifier or key']
const FILE: Described = ['<file>', 'its name, path or hash']

export const list: Verb = {
  name: 'ls',
  summary: 'Lists the files of a group',
  args: [GROUP],
  async run({ args, face: open, out }) {
    const face = await open()
    const { relayKey } = await groupOf(face, args.group ?? '')
    const files = (await allFiles(face, relayKey)).flatMap(withNames)
    files.sort((a, b) => a.createdAt - b.createdAt || (a.hash < b.hash ? -1 : 1))
    const rows = files.map((file) => [
      file.hash.slice(0, 12),
      file.unsized ? '?' : sizeOf(file.size),
      timeOf(file.createdAt),
      whereabouts(file),
      file.path ?? file.name ?? ''
    ])
    out.result(files, files.length === 0 ? ['No files yet: hypertuna put'] : columns(rows))
  }
}

export const remove: Verb = {
  name: 'rm',
  summary: 'Takes files away from a group, for everybody',
  description: 'Each goes with the post that shared it, and leaves the disk of every member.',
  args: [GROUP, FILE],
  rest: ['[...more]', 'further files'],
  async run({ args, rest, face: open, out }) {
    const face = await open()
    const { relayKey } = await groupOf(face, args.group ?? '')
    const meant = await filesNamed(face, relayKey, [args.file ?? '', ...rest])
    for (const eventId of new Set(meant.map((file) => file.eventId))) {
      await face.call('deleteMessage', { relayKey, eventId })
    }
    const removed = meant.map(({ hash, eventId, name }) => ({ hash, eventId, name }))
    out.result(
      removed,
      removed.map(({ hash, name }) => `Removed ${name ?? hash}`)
    )
  }
}

const HASH = /^[0-9a-f]{64}$/

export const block: Verb = {
  name: 'block',
  summary: 'Takes a file away from a group, and lets nobody bring it again',
  description:
    'For admins. Each post that shares it goes. By its hash also before anybody shares it.',
  args: [GROUP, FILE],
  flags: [['--reason [text]', 'why, for everybody to read']],
  async run({ args, flags, face: open, out }) {
    const face = await open()
    const { relayKey } = await groupOf(face, args.group ?? '')
    const wanted = args.file ?? ''
    const { hash } = HASH.test(wanted) ? { hash: wanted } : await fileOf(face, relayKey, wanted)
    const reason = typeof flags.reason === 'string' ? { reason: flags.reason } : {}
    await face.call('blockFile', { relayKey, hash, ...reason })
    out.result({ hash }, [`Blocked ${hash}`])
  }
}

export const unblock: Verb = {
  name: 'unblock',
  summary: 'Lets a file be shared again that was blocked',
  args: [GROUP, ['<hash>', 'as hypertuna blocked lists it']],
  async run({ args, face: open, out }) {
    const face = await open()
    const { relayKey } = await groupOf(face, args.group ?? '')
    const { hashes } = await face.call('blockedFiles', { relayKey })
    const found = hashes.filter((hash) => hash.startsWith(args.hash ?? ''))
    const [hash] = found
    if (hash === undefined || found.length > 1) {
      throw new HypertunaError('UNKNOWN_FILE', 'That is not one of the files that are blocked')
    }
    await face.call('unblockFile', { relayKey, hash })
    out.result({ hash }, [`${hash} may be shared again`])
  }
}

export const blocked: Verb = {
  name: 'blocked',
  summary: 'Lists the files that are blocked in a group',
  args: [GROUP],
  async run({ args, face: open, out }) {
    const face = await open()
    const { relayKey } = await groupOf(face, args.group ?? '')
    const { hashes } = await face.call('blockedFiles', { relayKey })
    out.result(hashes, hashes.length === 0 ? ['No file is blocked'] : hashes)
  }
}

export const link: Verb = {
  name: 'link',
  summary: 'Prints the link of a file, by a gateway where one is set',
  args: [GROUP, FILE],
  flags: [['--local', 'the link on this computer, for as long as the worker lets it']],
  async run({ args, flags, face: open, out }) {
    const face = await open()
    const { relayKey } = await groupOf(face, args.group ?? '')
    const file = await fileOf(face, relayKey, args.file ?? '')
    const url = flags.local === true ? file.url : file.link
    if (!url) {
      const message =
        flags.local === true
          ? 'The file is not here yet: hypertuna get'
          : 'It has no link: no gateway is set for this group (--local: one for this computer)'
      throw new HypertunaError('NOT_HELD', message)
    }
    out.result({ hash: file.hash, url }, [url])
  }
}

function whereabouts(file: SharedFile): string {
  const { here, online, phase, size, received, unsized, problem } = file
  if (here) return online > 1 ? `here + ${online - 1}` : 'here'
  if (phase === 'fetching' && unsized) return sizeOf(received)
  if (phase === 'fetching') return `${Math.floor((100 * received) / Math.max(1, size))} %`
  const somewhere = online > 0 ? `${online} online` : 'nobody online'
  return problem ? `${somewhere}, ${problem.code}` : somewhere
}
