import { stat } from 'bare-fs/promises'
import { basename, resolve } from 'bare-path'

import { HypertunaError } from '../../../protocol/errors.ts'
import { follow, groupOf } from '../choose.ts'
import type { Verb } from '../verb.ts'
import { sizeOf } from '../words.ts'

/** Of one post. */
const MOST = 64

export const put: Verb = {
  name: 'put',
  summary: 'Shares files with a group',
  description: 'A folder is shared with "hypertuna import".',
  args: [['<group>', 'its name, alias, identifier or key']],
  rest: ['[...files]', 'paths of files'],
  flags: [['--message|-m [text]', 'words that go with the files, in one post']],
  async run(call) {
    const { args, flags, rest, out } = call
    if (rest.length === 0) {
      throw new HypertunaError('USAGE', 'which files? hypertuna put <group> <file>…')
    }
    const paths = rest.map((path) => resolve(path))
    for (const path of paths) await checkFile(path)
    const message = typeof flags.message === 'string' ? flags.message : ''
    if (message !== '' && paths.length > MOST) {
      throw new HypertunaError('USAGE', `A message goes with at most ${MOST} files`)
    }
    const face = await call.face()
    const { relayKey } = await groupOf(face, args.group ?? '')
    const stop = follow(call, face, (transfer) => transfer.relayKey === relayKey)
    const stored = []
    for (const path of paths) {
      const name = basename(path)
      const { hash, size, deduplicated } = await face.call('storePath', { relayKey, path, name })
      stored.push({ name, hash, size, deduplicated, eventId: '' })
    }
    stop()
    if (message !== '') {
      const files = stored.map(({ hash, name }) => ({ hash, name }))
      const { eventId } = await face.call('post', { relayKey, content: message, kind: 9, files })
      for (const file of stored) file.eventId = eventId
    } else {
      for (const file of stored) {
        const files = [{ hash: file.hash, name: file.name }]
        const posted = await face.call('post', { relayKey, content: '', kind: 1063, files })
        file.eventId = posted.eventId
      }
    }
    out.result(
      stored,
      stored.map(({ hash, name, size }) => `${hash}  ${name}  ${sizeOf(size)}`)
    )
  }
}

async function checkFile(path: string): Promise<void> {
  let isFile: boolean
  try {
    isFile = (await stat(path)).isFile()
  } catch (err) {
    throw new HypertunaError('SOURCE_UNREADABLE', `${path} cannot be read`, { cause: err })
  }
  if (!isFile) {
    throw new HypertunaError('SOURCE_UNREADABLE', `${path} is no file; a folder goes by "import"`)
  }
}
