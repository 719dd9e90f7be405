import { groups } from '../choose.ts'
import type { Verb } from '../verb.ts'
import { columns, counted, sizeOf } from '../words.ts'

export const usage: Verb = {
  name: 'usage',
  summary: 'Says what takes how much of the disk',
  async run({ face: open, out }) {
    const face = await open()
    const now = await face.first('storageUsage', {}, () => true)
    const names = new Map((await groups(face)).map(({ relayKey, name }) => [relayKey, name]))
    const rows = [
      ['all of it', sizeOf(now.total), `${sizeOf(now.free)} free on the disk`],
      ['files', sizeOf(now.files), `${counted(now.contents, 'content')}, each counted once`],
      ...now.groups.map(({ relayKey, bytes, files }) => [
        `  ${names.get(relayKey) ?? relayKey.slice(0, 12)}`,
        sizeOf(bytes),
        counted(files, 'file')
      ]),
      ['logs of groups', sizeOf(now.cores), ''],
      ['index', sizeOf(now.index), ''],
      ['on the way in', sizeOf(now.spool), ''],
      ['to be given back', sizeOf(now.reclaimable), 'of deleted files'],
      ['other', sizeOf(now.other), '']
    ]
    out.result(now, columns(rows))
  }
}
