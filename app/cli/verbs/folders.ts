/** Folders of this computer: into a group, out of one, and kept in step with it. */
import { basename, resolve } from 'bare-path'

import { HypertunaError } from '../../../protocol/errors.ts'
import type { LeftOut, OnConflict, SharedFile } from '../../../protocol/rpc/generated/types.ts'
import { filesNamed, follow, groupOf, withNames } from '../choose.ts'
import type { Described, Verb } from '../verb.ts'
import { columns, counted, sizeOf } from '../words.ts'

const GROUP: Described = ['<group>', 'its name, alias, identifier or key']
const FOLDER: Described = ['<folder>', 'a folder of this computer']
const CHOICES: Record<string, OnConflict> = {
  skip: 'skip',
  overwrite: 'overwrite',
  both: 'keep-both'
}

export const importFolder: Verb = {
  name: 'import',
  summary: 'Shares a whole folder with a group, under its names and paths',
  description:
    'Done again, it shares only what is new or changed. What a .hypertunaignore names stays out.',
  args: [GROUP, FOLDER],
  flags: [['--prefix [path]', 'put in front of each path']],
  async run(call) {
    const { args, flags, out } = call
    const face = await call.face()
    const { relayKey } = await groupOf(face, args.group ?? '')
    const prefix = typeof flags.prefix === 'string' ? flags.prefix : null
    const folder = resolve(args.folder ?? '')
    const stop = follow(call, face, {
      fits: ({ kind, name }) => kind === 'import' && name === basename(folder),
      far: () => 'what was shared until then stays; import again to go on'
    })
    const done = await face.call('importFolder', { relayKey, folder, prefix })
    stop()
    const { published, unchanged, bytes, skipped, leftOut } = done
    const line = `${counted(published, 'file')} shared (${sizeOf(bytes)}), ${unchanged} were there already`
    out.result(done, [line, ...reasons(skipped, leftOut)])
  }
}

export const exportFiles: Verb = {
  name: 'export',
  summary: 'Writes the files of a group into a folder, under their names and paths',
  args: [GROUP, FOLDER],
  rest: ['[...files]', 'names, paths or hashes; without any, all files'],
  flags: [
    ['--on-conflict [choice]', 'with another file of that path: skip (default), overwrite, both']
  ],
  async run(call) {
    const { args, flags, rest, out } = call
    const given = typeof flags.onConflict === 'string' ? flags.onConflict : 'skip'
    const onConflict = CHOICES[given]
    if (onConflict === undefined) {
      const choices = Object.keys(CHOICES).join(', ')
      throw new HypertunaError('USAGE', `--on-conflict is one of ${choices}`)
    }
    const face = await call.face()
    const { relayKey } = await groupOf(face, args.group ?? '')
    const named = await filesNamed(face, relayKey, rest)
    const hashes = named.length === 0 ? null : named.map(({ hash }) => hash)
    const eventIds = named.length === 0 ? null : named.flatMap(withNames).map(eventIdOf)
    const folder = resolve(args.folder ?? '')
    const stop = follow(call, face, {
      fits: ({ kind, name }) => kind === 'export' && name === basename(folder),
      far: () => 'what was written until then stays; export again to go on'
    })
    const done = await face.call('exportFiles', {
      relayKey,
      folder,
      onConflict,
      hashes,
      eventIds
    })
    stop()
    const { written, unchanged, bytes, skipped, leftOut } = done
    const line = `${counted(written, 'file')} written (${sizeOf(bytes)}), ${unchanged} were there already`
    out.result(done, [line, ...reasons(skipped, leftOut)])
  }
}

export const linkFolder: Verb = {
  name: 'folder link',
  summary: 'Keeps a folder and a group in step, both ways, from now on',
  args: [GROUP, FOLDER],
  flags: [['--accept-deletions', 'of a linked folder: do the many deletions that were held back']],
  async run({ args, flags, face: open, out }) {
    const face = await open()
    const { relayKey, name } = await groupOf(face, args.group ?? '')
    const folder = resolve(args.folder ?? '')
    const acceptDeletions = flags.acceptDeletions === true
    await face.call('linkFolder', { relayKey, folder, acceptDeletions })
    out.result({ relayKey, folder }, [`${folder} and ${name} are kept in step`])
  }
}

export const unlinkFolder: Verb = {
  name: 'folder unlink',
  summary: 'Keeps a folder in step no longer; all files stay, on both sides',
  args: [GROUP, FOLDER],
  async run({ args, face: open, out }) {
    const face = await open()
    const { relayKey } = await groupOf(face, args.group ?? '')
    const folder = resolve(args.folder ?? '')
    await face.call('unlinkFolder', { relayKey, folder })
    out.result({ relayKey, folder }, [`${folder} goes its own way`])
  }
}

export const folderList: Verb = {
  name: 'folder list',
  summary: 'Lists the folders that are kept in step, and how they do',
  async run({ face: open, out }) {
    const face = await open()
    const { folders } = await face.first('folders', {}, () => true)
    const rows = folders.map(({ folder, state, files, missing, problem }) => [
      folder,
      state,
      counted(files, 'file'),
      missing > 0 ? `${missing} still to come` : '',
      problem ? `${problem.message} (${problem.code})` : ''
    ])
    out.result(folders, folders.length === 0 ? ['None yet: hypertuna folder link'] : columns(rows))
  }
}

const eventIdOf = ({ eventId }: SharedFile): string => eventId

/** What was left out, as far as the worker tells. */
function reasons(skipped: readonly LeftOut[], leftOut: number): string[] {
  const lines = skipped.map(({ path, reason }) => `left out: ${path}: ${reason}`)
  const more = leftOut - skipped.length
  return more > 0 ? [...lines, `… and ${more} more`] : lines
}
