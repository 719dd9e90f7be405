import { formatMoment, formatNumber, formatSize, formatWhen, plural } from './format.ts'

/** What the interface says about the person and this device: key, settings, keys to press. */
export const appWords = {
  window: { minimize: 'Minimise', maximize: 'Maximise or restore', close: 'Close' },

  settings: {
    title: 'Settings',
    sections: {
      identity: 'You and your key',
      storage: 'Storage',
      network: 'Network',
      gateways: 'Web links',
      look: 'Look and notifications',
      about: 'About'
    },
    nameLabel: 'Your name',
    nameHint: 'Members of your groups see you by this name.',
    themeLabel: 'Theme',
    themes: { system: 'Same as the computer', light: 'Light', dark: 'Dark' },
    gatewaysLabel: 'Gateway addresses',
    gatewaysHint:
      'A gateway is a website that shows files of open and closed groups in any browser. One address on each line; links use the first.',
    gatewaysAudience:
      'Anyone who has a web link can open the file, member or not, while a member is online. Private groups have no such links, unless an admin adds a gateway in the group’s settings.',
    gatewayBad: (text: string) =>
      `“${text}” is not a web address. Use one that starts with https:// or http://.`,
    save: 'Save',
    saved: 'Settings saved.',
    storage: 'Storage folder',
    key: 'Your public key',
    drive: 'Key of this device’s files (drive key)',
    version: (version: string) => `Hypertuna ${version}`,
    diagnosticsLabel: 'Diagnostics',
    diagnosticsHint:
      'Facts for someone who helps you: versions, counts, sizes and error codes. No keys, no names, nothing that anyone wrote.',
    diagnosticsCopied: 'Diagnostics copied.',
    copyDiagnostics: 'Copy diagnostics',
    copyFailed: 'This could not be copied. Select it and copy it by hand.'
  },

  notify: {
    label: 'Tell me about new messages',
    hint: 'While this window is in the background.',
    refused: 'The browser does not allow notifications for this page. Allow them in its settings.',
    absent: 'This browser has no notifications.',
    message: (name: string, words: string) => `${name}: ${words}`
  },

  heard: {
    files: (name: string, count: number) => `${name} added ${plural(count, 'file', 'files')}`
  },

  usage: {
    loading: 'Measuring…',
    summary: (used: number, free: number) => `${formatSize(used)} used · ${formatSize(free)} free`,
    parts: {
      files: 'Files',
      logs: 'Conversations',
      index: 'Search index',
      passing: 'Arriving',
      reclaimable: 'Deleted, being freed',
      other: 'Other'
    },
    of: (part: string, bytes: number) => `${part}: ${formatSize(bytes)}`,
    cap: 'Limit for files, in GB',
    capHint: 'All groups together. Leave empty for no limit.',
    capBad: 'Enter a number of gigabytes, or leave it empty.',
    groups: 'Groups on this device',
    group: (files: number, bytes: number) =>
      `${plural(files, 'file', 'files')} · ${formatSize(bytes)}`,
    keep: (group: string) => `Files of ${group}`,
    groupCap: (group: string) => `Limit for ${group}, in GB`,
    noCap: 'No limit',
    keeps: { all: 'Keep all files', 'on-demand': 'Only what I open or pin' },
    noGroups: 'No groups yet.'
  },

  network: {
    states: {
      online: 'Connected to the network',
      offline: 'The network cannot be reached',
      starting: 'Looking for the network'
    },
    peers: (peers: number) =>
      peers === 0
        ? 'No one else is online now.'
        : `Connected to ${plural(peers, 'device', 'devices')} now.`,
    limits: 'Speed limits',
    down: 'Download, MB/s',
    up: 'Upload, MB/s',
    concurrent: 'Large files at once',
    limitsHint: 'Leave empty for no limit.',
    rateBad: 'Enter 0.1 or more, or leave it empty.',
    concurrentBad: 'Enter 1 to 32, or leave it empty.',
    blindPeers: 'While you are away',
    blindPeersHint:
      'An always-on computer, called a blind peer, can keep a copy of your groups and pass on news while nobody else is online. Private groups stay sealed to it; open and closed ones it can read, as anyone can.',
    blindPeersList: 'Blind peers',
    blindPeerKey: 'Key of a blind peer',
    addBlindPeer: 'Add blind peer',
    removeBlindPeer: (key: string) => `Remove blind peer ${key}`,
    noBlindPeers: 'None added.',
    blindPeer: (connected: boolean, kept: number, cores: number) =>
      `${connected ? 'Connected' : 'Not connected'} · ${formatNumber(kept)} of ${formatNumber(cores)} up to date`
  },

  backup: {
    title: 'Backup of your key',
    lost: 'The key is you. Nobody can give it back: if this computer is lost and there is no backup, your place in every group is lost for good.',
    unsaved: 'Not saved yet',
    savedAt: (seconds: number) => `Saved ${formatWhen(seconds)}`,
    savedTitle: (seconds: number) => formatMoment(seconds),
    begin: 'Save a backup…',
    again: 'Save another backup…',
    passphrase: 'Passphrase for the backup',
    passphraseHint:
      'At least 8 characters; several words are best. Without it nobody can open the backup.',
    repeat: 'Passphrase again',
    tooShort: 'Use at least 8 characters.',
    differ: 'The two passphrases differ.',
    make: 'Make the backup',
    making: 'Locking the key…',
    ready: 'Your key, locked with the passphrase',
    readyHint: 'Keep it where you keep what matters, and not only on this computer.',
    download: 'Download as a file',
    reenter: 'Or paste it here from where you keep it',
    reenterHint: 'So that you know it is safe.',
    reenterWrong: 'This is not the whole backup. Copy it again.',
    confirm: 'I have it',
    saved: 'Your key is saved.',
    fileName: 'hypertuna-key.txt',
    fileText: (npub: string, ncryptsec: string) =>
      `Hypertuna: a locked Nostr key (NIP-49)\n\n${ncryptsec}\n\nIt belongs to ${npub}\nIt opens with the passphrase that you chose: choose “Restore from a backup” on the first page.\n`,
    remind: 'Save your key',
    remindTitle: 'Your key is only on this computer. Back it up',
    lock: 'Passphrase at start',
    lockOff: 'Anyone who can use your account on this computer can use your key.',
    lockOn: 'Hypertuna asks for your passphrase each time it starts.',
    lockLost: 'It cannot be recovered: without it, only a backup brings your key back.',
    setLock: 'Ask for a passphrase…',
    removeLock: 'Stop asking…',
    lockPassphrase: 'New passphrase',
    current: 'Current passphrase',
    locked: 'Hypertuna asks for the passphrase from its next start.',
    unlocked: 'Hypertuna no longer asks for a passphrase.',
    set: 'Set the passphrase',
    remove: 'Remove the passphrase'
  },

  restore: {
    link: 'Restore from a backup',
    title: 'Restore your key',
    text: 'Your key makes you yourself again. Your groups are not in the backup: ask a member of each for an invite, and you are back with your name and role.',
    label: 'Backup',
    hint: 'Text that starts with ncryptsec1 or nsec1, or the file that you saved.',
    file: 'Choose a file',
    missing: 'There is no key in this. A backup starts with ncryptsec1 or nsec1.',
    passphrase: 'Passphrase of the backup',
    passphraseMissing: 'Enter the passphrase that the backup was made with.',
    nsec: 'This key is not locked: anyone who saw it can act as you.',
    submit: 'Restore',
    working: 'Opening the backup…',
    done: 'Your key is back. Type your name, then come back in with an invite.'
  },

  unlock: {
    title: 'Hypertuna is locked',
    text: 'Enter your passphrase to open your groups.',
    label: 'Passphrase',
    submit: 'Unlock',
    working: 'Unlocking…',
    help: 'Forgotten? It cannot be recovered. With a backup of your key, start with an empty storage folder and restore it there.'
  },

  reply: {
    action: 'Reply',
    to: (name: string) => `Replying to ${name}`,
    cancel: 'Cancel reply',
    quote: 'In answer to',
    gone: 'This message is not here',
    files: (count: number) => plural(count, 'file', 'files')
  },

  reactions: {
    add: (name: string) => `React to the message of ${name}`,
    choose: 'Reactions',
    emoji: {
      '👍': 'Thumbs up',
      '❤️': 'Heart',
      '😂': 'Laughing',
      '🎉': 'Party',
      '😮': 'Surprised',
      '😢': 'Sad',
      '🙏': 'Thanks',
      '👀': 'Looking'
    }
  },

  mentions: {
    list: 'People to mention',
    hint: 'Press Enter to choose'
  },

  last: {
    you: 'You',
    by: (name: string) => `${name}:`,
    images: (count: number) => (count === 1 ? 'Photo' : plural(count, 'photo', 'photos')),
    videos: (count: number) => (count === 1 ? 'Video' : plural(count, 'video', 'videos'))
  },

  unread: {
    /** As it is drawn: more are not told apart */
    short: (count: number) => (count > 99 ? '99+' : formatNumber(count)),
    messages: (count: number) =>
      count > 99 ? 'More than 99 new messages' : plural(count, 'new message', 'new messages'),
    mentions: (count: number) => (count === 1 ? 'One of them names you' : 'Some of them name you'),
    divider: 'New messages'
  },

  steps: {
    title: 'Getting started',
    invite: 'Invite somebody',
    inviteText: 'A link or a code to scan lets them in.',
    files: 'Add files',
    filesText: 'Photos, documents, whole folders. Or drop them here.',
    backup: 'Save your key',
    backupText: 'The way back to your groups if this computer is lost.'
  },

  palette: {
    label: 'Go to or do',
    placeholder: 'Search groups and actions',
    results: 'Results',
    none: 'Nothing found.',
    group: 'Group',
    action: 'Action',
    open: (view: string) => `Open ${view}`,
    write: 'Write a message',
    add: 'Add files',
    sheet: 'Keyboard shortcuts',
    theme: { light: 'Use the light theme', dark: 'Use the dark theme' }
  },

  keys: {
    title: 'Keyboard shortcuts',
    parts: {
      anywhere: 'Anywhere',
      writing: 'In the conversation',
      files: 'Among the files',
      looking: 'With a file over the whole window'
    },
    list: {
      palette: 'Go to a group, or do something',
      sheet: 'This list',
      groups: 'Previous and next group',
      tabs: 'Conversation, Files, People',
      close: 'Close what is open',
      undo: 'Undo a removal, for some seconds',
      write: 'Write a message',
      add: 'Add files',
      send: 'Send',
      line: 'A new line',
      mention: 'Mention a member',
      paste: 'An invite to join, or a file to add',
      search: 'Search the files',
      walk: 'Go through the list',
      select: 'Select',
      extend: 'Select several',
      all: 'Select all',
      preview: 'Open',
      remove: 'Remove',
      neighbours: 'The one before, the next',
      play: 'Play, or the next',
      zoom: 'Larger, smaller, all of it'
    },
    pasteKey: (modifier: string) => `${modifier} V`,
    or: 'or'
  },

  qr: {
    label: 'The invite as a code to scan',
    show: 'Show as a code',
    hide: 'Hide the code'
  }
} as const
