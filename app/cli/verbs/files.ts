/** The files of a group: listing them, taking them away, links to them. */
import { HypertunaError } from '../../../protocol/errors.ts'
import type { SharedFile } from '../../../protocol/rpc/generated/types.ts'
import { fileOf, filesOf, groupOf } from '../choose.ts'
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
    const files = await filesOf(face, relayKey)
    files.sort((a, b) => a.createdAt - b.createdAt || (a.hash < b.hash ? -1 : 1))
    const rows = files.map((file) => [
      file.hash.slice(0, 12),
      sizeOf(file.size),
      timeOf(file.createdAt),
      whereabouts(file),
      file.path ?? file.name ?? ''
    ])
    out.result(files, files.length === 0 ? ['No files yet: hypertuna put'] : columns(rows))
  }
}

export const remove: Verb = {
  name: 'rm',
  summary: 'Takes a file away from a group, for everybody',
  description: 'It goes with the post that shared it, and leaves the disk of every member.',
  args: [GROUP, FILE],
  async run({ args, face: open, out }) {
    const face = await open()
    const { relayKey } = await groupOf(face, args.group ?? '')
    const { hash, name, eventId } = await fileOf(face, relayKey, args.file ?? '')
    await face.call('deleteMessage', { relayKey, eventId })
    out.result({ hash, eventId }, [`Removed ${name ?? hash}`])
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
        flags.local === true ? 'The file is not here yet: hypertuna get' : 'It has no link'
      throw new HypertunaError('NOT_HELD', message)
    }
    out.result({ hash: file.hash, url }, [url])
  }
}

function whereabouts({ here, online, phase, size, received }: SharedFile): string {
  if (here) return online > 1 ? `here + ${online - 1}` : 'here'
  if (phase === 'fetching') return `${Math.floor((100 * received) / Math.max(1, size))} %`
  return online > 0 ? `${online} online` : 'nobody online'
}
