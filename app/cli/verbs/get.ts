import { basename, join, resolve } from 'bare-path'
import { stat } from 'bare-fs/promises'
import process from 'bare-process'

import { HypertunaError } from '../../../protocol/errors.ts'
import { sanitizeName } from '../../../protocol/file-event.ts'
import type { Relay, SharedFile } from '../../../protocol/rpc/generated/types.ts'
import { allFiles } from '../../face.ts'
import type { Face } from '../../face.ts'
import { fileOf, follow, groupOf } from '../choose.ts'
import { save } from '../save.ts'
import type { Call, Verb } from '../verb.ts'
import { sizeOf } from '../words.ts'

export const get: Verb = {
  name: 'get',
  summary: 'Writes a file of a group to this folder, fetching it first where need be',
  args: [
    ['<group>', 'its name, alias, identifier or key'],
    ['<file>', 'its name, path or hash']
  ],
  flags: [
    ['--output|-o [path]', 'where to; - for standard output (default: its name, here)'],
    ['--force|-f', 'replace a file that is there']
  ],
  async run(call) {
    const { args, flags, out } = call
    const face = await call.face()
    const relay = await groupOf(face, args.group ?? '')
    const file = await fileOf(face, relay.relayKey, args.file ?? '')
    const given = typeof flags.output === 'string' ? flags.output : null
    const path = given === '-' ? null : await target(given, file)
    const kind = path === null ? null : await kindOf(path)
    if (kind === 'folder') throw new HypertunaError('BAD_REQUEST', `${path} is a folder`)
    if (kind === 'file' && flags.force !== true) {
      throw new HypertunaError('BAD_REQUEST', `${path} is there already: add --force to replace it`)
    }
    const url = await localUrl(call, face, relay, file)
    const { size, hash } = file
    const onbytes = (bytes: number): void =>
      out.progress(file.name ?? hash, size === 0 ? 1 : bytes / size, sizeOf(bytes))
    await save(url, { hash, path, straight: kind === 'device', onbytes })
    out.clear()
    if (path !== null) out.result({ hash, size, path }, [`${path}  ${sizeOf(size)}`])
    else await drained()
  }
}

/** Other people's names lead nowhere but into the folder that we are in. */
async function target(given: string | null, { name, hash }: SharedFile): Promise<string> {
  const own = basename(sanitizeName(name ?? '')) || hash
  if (given === null) return resolve(own)
  return (await kindOf(given)) === 'folder' ? join(resolve(given), own) : resolve(given)
}

/** A device or a pipe is written to, and never replaced. */
async function kindOf(path: string): Promise<'folder' | 'file' | 'device' | null> {
  try {
    const found = await stat(path)
    return found.isDirectory() ? 'folder' : found.isFile() ? 'file' : 'device'
  } catch (err) {
    const { code } = err as { code?: string }
    if (code === 'ENOENT' || code === 'ENOTDIR') return null // said when it is written
    throw new HypertunaError('SOURCE_UNREADABLE', `${path} cannot be looked at`, { cause: err })
  }
}

/** Where the worker serves it on this computer, once it is here. */
async function localUrl(
  call: Call,
  face: Face,
  { relayKey }: Relay,
  { hash, url }: SharedFile
): Promise<string> {
  if (url) return url
  const stop = follow(call, face, { fits: (transfer) => transfer.hash === hash })
  await face.call('fetchFile', { relayKey, hash })
  stop()
  const now = (await allFiles(face, relayKey)).find((file) => file.hash === hash)
  if (now?.url) return now.url
  const message = 'The worker serves no files on this computer: look at "hypertuna status"'
  throw new HypertunaError('NOT_HELD', message)
}

const drained = (): Promise<void> =>
  new Promise((resolve) => process.stdout.write('', () => resolve()))
