import { formatNumber, plural } from './format.ts'

/** What the interface says about folders of this computer: in, out, and kept in step. */
export const folderWords = {
  folders: {
    menu: 'Folders',
    addFiles: 'Add files…',
    addFolder: 'Add a folder…',
    byPath: 'Add or keep a folder by its path…',
    exportAll: 'Save all files into a folder…',
    linked: 'Folders kept in step…'
  },

  addFolder: {
    title: (group: string) => `Add to ${group}`,
    reading: (count: number) => `Looking through the folder… ${plural(count, 'file', 'files')}`,
    found: (count: number, size: string) => `${plural(count, 'file', 'files')}, ${size}`,
    into: (folder: string) => `They go into ${folder}.`,
    asFolder: 'Names and subfolders stay as they are. Members get each file as its own entry.',
    empty: 'There are no files in it.',
    leftOut: (count: number) => `${plural(count, 'system file is', 'system files are')} left out.`,
    submit: (count: number) => `Add ${plural(count, 'file', 'files')}`,
    many: (count: number) => plural(count, 'file', 'files'),
    started: (name: string) => `Adding ${name}…`,
    done: (name: string, count: number) =>
      `${name}: ${plural(count, 'file was', 'files were')} added.`,
    skipped: (count: number) => `${plural(count, 'file', 'files')} could not be read.`
  },

  byPath: {
    title: (group: string) => `Add a folder to ${group}`,
    pathLabel: 'Folder',
    pathHint: 'Its whole path, such as /home/mara/Photos.',
    pathMissing: 'Give the whole path of a folder.',
    pathRelative: 'Give the whole path: it starts with / or a drive letter.',
    howLabel: 'How',
    once: 'Add it once',
    onceHint: 'Publishes what is new or changed in it. Do it again whenever you like.',
    kept: 'Keep it in step',
    keptHint:
      'The group’s files appear in the folder, and what you change in the folder changes in the group.',
    prefixLabel: 'Into the group’s folder',
    prefixHint: 'Leave it empty for the top.',
    submitOnce: 'Add folder',
    submitKept: 'Keep in step',
    started: 'Reading the folder…',
    added: (published: number, unchanged: number) =>
      published === 0
        ? 'Everything in the folder was in the group already.'
        : `${plural(published, 'file was', 'files were')} added${
            unchanged > 0 ? `, ${formatNumber(unchanged)} were there already` : ''
          }.`,
    linked: 'The folder is kept in step.'
  },

  exporting: {
    short: 'Export',
    title: (count: number) => `Save ${plural(count, 'file', 'files')} into a folder`,
    pathLabel: 'Folder on this computer',
    pathHint: 'Its whole path. It is created if it is missing.',
    conflictLabel: 'If another file has the name',
    conflict: { skip: 'Leave it', overwrite: 'Replace it', 'keep-both': 'Keep both' },
    conflictHint: {
      skip: 'The file that is there stays; ours is not saved.',
      overwrite: 'The file that is there is lost.',
      'keep-both': 'Ours gets a number after its name.'
    },
    missing: (count: number) =>
      `${plural(count, 'file is', 'files are')} not on this device and cannot be saved yet.`,
    submit: 'Save',
    started: 'Saving…',
    done: (written: number, unchanged: number) =>
      `${plural(written, 'file was', 'files were')} saved${
        unchanged > 0 ? `, ${formatNumber(unchanged)} were there already` : ''
      }.`,
    leftOut: (count: number) => `${plural(count, 'file was', 'files were')} left out`
  },

  linkedFolders: {
    title: 'Folders kept in step',
    emptyTitle: 'No folder is kept in step',
    emptyText:
      'A folder of this computer and a group can have the same files: what changes in one changes in the other.',
    add: 'Keep a folder in step…',
    states: {
      working: 'Working',
      'in-step': 'In step',
      waiting: 'Waiting for files',
      paused: 'Paused'
    },
    files: (files: number) => `${plural(files, 'file', 'files')} in step`,
    missing: (count: number) => `${plural(count, 'file', 'files')} still to come`,
    leftOut: (count: number) => `${plural(count, 'file', 'files')} left out`,
    stop: 'Stop',
    stopNamed: (folder: string) => `Stop keeping ${folder} in step`,
    stopTitle: 'Stop keeping it in step?',
    stopText: 'The files of both stay as they are. Changes go neither way any more.',
    stopped: 'The folder is no longer kept in step.',
    accept: 'Delete them',
    acceptTitle: 'Delete these files from the group as well?',
    acceptText:
      'Many files were deleted from the folder at once, so nothing was deleted from the group yet. This deletes there what was yours.',
    accepted: 'The deletions are done in the group too.'
  }
} as const
