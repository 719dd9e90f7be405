import { formatDuration, formatMoment, formatNumber, formatSeen, plural } from './format.ts'

const fromMembers = (count: number): string => `From ${plural(count, 'member', 'members')}`

/** What the interface says about files: where they are, what can be done, and what is safe. */
export const fileWords = {
  files: {
    label: 'Files',
    search: 'Search files',
    sortLabel: 'Sort by',
    sorts: {
      newest: 'Newest',
      oldest: 'Oldest',
      name: 'Name',
      largest: 'Largest',
      smallest: 'Smallest',
      availability: 'Availability'
    },
    kindLabel: 'Type',
    kinds: {
      all: 'All types',
      image: 'Pictures',
      video: 'Videos',
      audio: 'Audio',
      text: 'Documents',
      archive: 'Archives',
      other: 'Other'
    },
    personLabel: 'Added by',
    anyone: 'Anyone',
    hereOnly: 'On this device',
    hereOnlyHint: 'Only what is on this device',
    layoutLabel: 'Show as',
    list: 'List',
    gallery: 'Gallery',
    details: 'Details',
    closeDetails: 'Close details',
    count: (shown: number, all: number) =>
      shown === all
        ? plural(all, 'file', 'files')
        : `${formatNumber(shown)} of ${plural(all, 'file', 'files')}`,
    loading: 'Loading the files…',
    emptyTitle: 'No files yet',
    emptyText: 'Drop files or a whole folder anywhere in this window. Every member gets a copy.',
    endedText: 'Nothing was added to this group.',
    emptyAction: 'Add files',
    noneTitle: 'No file matches',
    noneText: 'Try other words, or show all files.',
    showAll: 'Show all files',
    noneHereText: (folder: string) => `Not in ${folder}. It may be in another folder.`,
    searchAll: 'Search all folders',
    unnamed: 'File without a name',
    folders: 'Folders',
    way: 'Where you are',
    top: 'All files',
    folder: (name: string) => `Folder ${name}`,
    folderFacts: (files: number, size: string) => `${plural(files, 'file', 'files')} · ${size}`,
    folderHere: (here: number, all: number) =>
      here === all ? 'On this device' : `${formatNumber(here)} of ${formatNumber(all)} here`,
    select: (name: string) => `Select ${name}`,
    menu: (name: string) => `Actions for ${name}`,
    selected: (count: number, size: string) => `${formatNumber(count)} selected · ${size}`,
    selectionLabel: 'Selected files',
    clear: 'Clear selection',
    selectAll: 'Select all',
    more: 'More',
    moreNew: 'Add'
  },

  file: {
    here: (providers: number) =>
      providers > 1 ? `On this device · ${formatNumber(providers)}` : 'Only on this device',
    hereDetail: (providers: number, online: number) =>
      `Kept by ${plural(providers, 'member', 'members')}, ${formatNumber(online)} online now`,
    online: (online: number) => `${formatNumber(online)} online, not here`,
    onlineDetail: 'It can be fetched now.',
    onDemandDetail: 'Files of this group come when you ask for them.',
    nobody: (seen: number) =>
      seen === 0 ? 'No one online' : `No one online, last seen ${formatSeen(seen)}`,
    nobodyDetail: 'It arrives when a member who has it is online.',
    fetching: (soFar: string) => `Getting it · ${soFar}`,
    unsized: 'Size not known yet',
    bad: 'Arrived damaged, not kept',
    pinned: 'Kept on this device',
    open: 'Open',
    openNamed: (name: string) => `Open ${name}`,
    download: 'Download',
    downloadNamed: (name: string) => `Download ${name}`,
    save: 'Save',
    get: 'Get',
    getNamed: (name: string) => `Get ${name} now`,
    asked: (name: string) => `Getting ${name}.`,
    askedMany: (count: number) => `Getting ${plural(count, 'file', 'files')}.`,
    copyLink: 'Copy link',
    copyLinkNamed: (name: string) => `Copy link to ${name}`,
    copied: 'Link copied. Anyone who has it can open the file while a member is online.',
    copiedInside:
      'Link copied. Add a gateway in Settings, under Web links, for links that open in any browser.',
    copiedMany: (count: number) => `${plural(count, 'link', 'links')} copied, one on each line.`,
    copyFailed: 'The link could not be copied. Select it and copy it by hand.',
    noLink: 'Files of a private group have no links: only members see them.',
    pin: 'Keep on this device',
    pinShort: 'Keep',
    unpin: 'Stop keeping',
    pinDone: (count: number) =>
      count === 1
        ? 'It stays on this device.'
        : `${formatNumber(count)} files stay on this device.`,
    unpinDone: (count: number) =>
      count === 1
        ? 'It may be removed from this device when room is needed.'
        : `${formatNumber(count)} files may be removed from this device when room is needed.`,
    details: 'Details',
    remove: 'Remove',
    removeNamed: (name: string) => `Remove ${name}`,
    removed: (count: number, name: string) =>
      count === 1 ? `${name} was removed.` : `${plural(count, 'file', 'files')} were removed.`,
    undo: 'Undo',
    undone: 'Nothing was removed.',
    notYours: 'Only the person who added a file, an admin or a moderator can remove it.',
    someNotYours: (left: number) =>
      `${plural(left, 'file was', 'files were')} added by others. Select only your own.`,
    removeTitle: (count: number) =>
      `Remove ${plural(count, 'message', 'messages')} with ${count === 1 ? 'its' : 'their'} files?`,
    removeText: (files: number) =>
      `What you chose came in messages with words or other files. A message goes as a whole: ${plural(
        files,
        'file',
        'files'
      )} and what was written with ${files === 1 ? 'it' : 'them'}.`,
    removeEverywhere: 'It is removed for every member. Copies saved elsewhere stay there.',
    removeAction: 'Remove for everyone',
    block: 'Block',
    blockTitle: (name: string) => `Block ${name}?`,
    blockText:
      'Every message with this file is removed, and nobody can share the same file in this group again.',
    blockAction: 'Block for everyone',
    blocked: (name: string) => `${name} is blocked in this group.`,
    imageAlt: (name: string) => `Image: ${name}`
  },

  detail: {
    label: 'Details',
    emptyText: 'Choose a file to see who has it.',
    facts: {
      size: 'Size',
      type: 'Type',
      added: 'Added',
      by: 'By',
      folder: 'Folder',
      where: 'Where'
    },
    type: {
      image: 'Picture',
      video: 'Video',
      audio: 'Audio',
      text: 'Document',
      archive: 'Archive'
    },
    unknownType: 'File',
    holders: 'Who has it',
    wanted: (copies: number) => `${plural(copies, 'copy', 'copies')} wanted`,
    loading: 'Asking who has it…',
    nobody: 'Nobody is known to have it.',
    you: 'You, on this device',
    proved: (seconds: number) => `Checked ${formatSeen(seconds)}`,
    provedNow: 'Checked just now',
    claims: 'Should have it, not checked yet',
    failed: {
      'not-held': 'Did not have it when asked',
      'wrong-bytes': 'Sent something else when asked',
      unreadable: 'Could not read it when asked',
      silent: 'Did not answer when asked',
      'passed-on': 'Had to get it from someone else'
    } as Record<string, string>,
    online: 'online',
    seen: (seconds: number) => `last seen ${formatSeen(seconds)}`,
    offline: 'offline',
    versions: 'Versions',
    version: (when: string) => `Version of ${when}`,
    current: 'Current',
    earlier: (count: number) => plural(count, 'earlier version', 'earlier versions'),
    at: (seconds: number) => formatMoment(seconds)
  },

  preview: {
    label: (name: string) => `Preview of ${name}`,
    you: 'you',
    heldBy: (names: string) => `Held by ${names}`,
    empty: 'This file is empty.',
    position: (at: number, all: number) => `${formatNumber(at)} of ${formatNumber(all)}`,
    previous: 'Previous',
    next: 'Next',
    zoomIn: 'Zoom in',
    zoomOut: 'Zoom out',
    fit: 'Fit',
    zoomed: (percent: string) => `Zoom ${percent}`,
    notHere: 'Not on this device',
    notHereText: {
      online: 'A member who has it is online.',
      nobody: 'It can be seen when a member who has it is online.'
    },
    noneTitle: 'No preview of this kind of file',
    noneText: 'Save it to open it with another app.',
    brokenTitle: 'It cannot be shown',
    hugeText: 'This picture is too large to show here. Save it to open it with another app.',
    brokenText: 'The file is here, but it cannot be read. Save it and try another app.',
    loading: 'Opening…',
    start: (shown: string, all: string) => `The first ${shown} of ${all}. Save it to read all.`,
    pdf: (name: string) => `Pages of ${name}`,
    gone: 'It was removed.'
  },

  transfers: {
    title: 'Transfers',
    hashing: 'Reading',
    sending: 'Adding',
    checking: 'Checking',
    moving: { fetch: 'Getting', store: 'Adding', import: 'Adding', export: 'Saving' },
    way: {
      lane: (members: number) => `${fromMembers(members)}, directly, fast lane`,
      connection: (members: number) => `${fromMembers(members)}, directly`,
      copy: () => 'From a copy that another device keeps',
      none: 'Asking who has it'
    },
    added: 'Added',
    queued: 'Waiting its turn',
    waiting: 'Waiting for a member',
    offline: 'Waiting for the connection',
    failed: 'Failed',
    cancelled: 'Cancelled',
    cancel: (name: string) => `Cancel ${name}`,
    dismiss: (name: string) => `Dismiss ${name}`,
    retry: (name: string) => `Try ${name} again`,
    again: 'Try again',
    progress: (name: string) => `Progress of ${name}`,
    left: (seconds: number) => `${formatDuration(seconds)} left`,
    more: (count: number) => `and ${plural(count, 'more', 'more')}`,
    toCome: (count: number) => `${plural(count, 'more file', 'more files')} to get`,
    batch: {
      fetch: (count: number, group: string) => `${plural(count, 'file', 'files')} from ${group}`,
      store: (count: number) => plural(count, 'file', 'files'),
      folder: (name: string) => name,
      failed: (first: string) => `These failed. The first: ${first}`
    },
    items: (done: number, all: number) =>
      `${formatNumber(done)} of ${plural(all, 'file', 'files')}`,
    open: (name: string) => `Show each of ${name}`,
    close: (name: string) => `Show ${name} as one`,
    jobs: {
      import: 'Folder into the group',
      export: 'Files into a folder',
      store: 'File',
      fetch: 'File'
    },
    allDone: 'All transfers are done.',
    nothing: 'Everything is done.',
    someFailed: (count: number) =>
      `${plural(count, 'transfer', 'transfers')} failed. See Transfers.`
  }
} as const
