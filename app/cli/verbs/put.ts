import { stat } from 'bare-fs/promises'
import { basename, resolve } from 'bare-path'

import { HypertunaError } from '../../../protocol/errors.ts'
import { sanitizeName } from '../../../protocol/file-event.ts'
import type { Face } from '../../face.ts'
import { follow, groupOf } from '../choose.ts'
import { spoolStdin } from '../stdin.ts'
import type { Call, Verb } from '../verb.ts'
import { counted, sizeOf } from '../words.ts'

/** Of one post. */
const MOST = 64

interface Source {
  path: string
  /** As the group will see it. */
  name: string
}

interface Stored {
  name: string
  hash: string
  size: number
  deduplicated: boolean
  eventId: string
}

export const put: Verb = {
  name: 'put',
  summary: 'Shares files with a group',
  description: 'A folder is shared with "hypertuna import".',
  args: [['<group>', 'its name, alias, identifier or key']],
  rest: ['[...files]', 'paths of files, or - for standard input'],
  flags: [
    ['--message|-m [text]', 'words that go with the files, in one post'],
    ['--name [name]', 'what one file is called in the group (default: as it is here)']
  ],
  async run(call) {
    const { flags, rest, out } = call
    const message = typeof flags.message === 'string' ? flags.message.trim() : ''
    if (message !== '' && rest.length > MOST) {
      throw new HypertunaError('USAGE', `A message goes with at most ${MOST} files`)
    }
    const name = nameFor(rest, flags.name)
    const sources: Source[] = []
    const face = rest[0] === '-' ? await call.face() : null
    const spooled = rest[0] === '-' ? await spoolStdin(call) : null
    try {
      for (const text of spooled === null ? rest : [spooled.path]) {
        const path = resolve(text)
        await checkFile(path)
        sources.push({ path, name: sanitizeName(name ?? basename(path)) })
      }
      const stored = await share(call, face ?? (await call.face()), sources, message)
      if (out.json) out.result(stored, [])
    } finally {
      await spooled?.remove()
    }
  }
}

/** What `--name` says. @throws USAGE */
function nameFor(rest: readonly string[], name: unknown): string | null {
  if (rest.length === 0) {
    throw new HypertunaError('USAGE', 'which files? hypertuna put <group> <file>…')
  }
  if (rest.length > 1 && (name !== undefined || rest.includes('-'))) {
    throw new HypertunaError('USAGE', '--name and standard input are for one file alone')
  }
  if (rest[0] === '-' && name === undefined) {
    throw new HypertunaError('USAGE', 'what is standard input called in the group? Add --name')
  }
  return typeof name === 'string' ? name : null
}

async function share(
  call: Call,
  face: Face,
  sources: readonly Source[],
  message: string
): Promise<Stored[]> {
  const { relayKey } = await groupOf(face, call.args.group ?? '')
  const stored: Stored[] = []
  let shared = 0
  const names = new Set(sources.map(({ name }) => name))
  const stop = follow(call, face, {
    fits: (transfer) =>
      transfer.relayKey === relayKey && transfer.kind === 'store' && names.has(transfer.name ?? ''),
    far: () => `${shared} of ${counted(sources.length, 'file')} shared`
  })
  const post = async (files: readonly Stored[]): Promise<void> => {
    const { eventId } = await face.call('post', {
      relayKey,
      content: message,
      kind: message === '' ? 1063 : 9,
      files: files.map(({ hash, name }) => ({ hash, name }))
    })
    for (const file of files) {
      file.eventId = eventId
      shared++
      if (!call.out.json) call.out.result(file, [lineOf(file)])
    }
  }
  for (const { path, name } of sources) {
    const { hash, size, deduplicated } = await face.call('storePath', { relayKey, path, name })
    // The same file named twice is one file.
    if (stored.some((other) => other.hash === hash && other.name === name)) continue
    const file = { name, hash, size, deduplicated, eventId: '' }
    stored.push(file)
    if (message === '') await post([file])
  }
  stop()
  if (message !== '') await post(stored)
  return stored
}

const lineOf = ({ hash, name, size }: Stored): string => `${hash}  ${name}  ${sizeOf(size)}`

const REASONS: Record<string, string> = {
  ENOENT: 'is not there',
  EACCES: 'may not be read by you',
  ENOTDIR: 'is not there'
}

/** @throws SOURCE_UNREADABLE */
async function checkFile(path: string): Promise<void> {
  let isFile: boolean
  try {
    isFile = (await stat(path)).isFile()
  } catch (err) {
    const why = REASONS[(err as { code?: string }).code ?? ''] ?? 'cannot be read'
    throw new HypertunaError('SOURCE_UNREADABLE', `${path} ${why}`, { cause: err })
  }
  if (!isFile) {
    throw new HypertunaError('SOURCE_UNREADABLE', `${path} is no file; a folder goes by "import"`)
  }
}
