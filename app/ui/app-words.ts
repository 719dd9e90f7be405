import { formatMoment, formatNumber, formatSize, formatWhen, plural } from './format.ts'

/** What the interface says about the person and this device: key, settings, keys to press. */
export const appWords = {
  window: { minimize: 'Minimise', maximize: 'Fill the screen, or not', close: 'Close' },

  settings: {
    title: 'Settings',
    sections: {
      identity: 'Identity',
      storage: 'Storage',
      network: 'Network',
      gateways: 'Gateways',
      look: 'Look and notices',
      about: 'About'
    },
    nameLabel: 'Your name',
    nameHint: 'Members of your groups see it.',
    themeLabel: 'Theme',
    themes: { system: 'Like the computer', light: 'Light', dark: 'Dark' },
    gatewaysLabel: 'Gateways',
    gatewaysHint:
      'Addresses that make links which open in any browser, one on each line. The first is used for links.',
    gatewaysAudience:
      'Whoever has a gateway link can open the file, member or not, while a member is online. Private groups have no such links: an admin lists their gateways in the group’s settings.',
    gatewayBad: (text: string) =>
      `“${text}” is not a web address. Use one that starts with https:// or http://.`,
    save: 'Save',
    saved: 'Settings saved.',
    storage: 'Storage folder',
    key: 'Your public key',
    drive: 'Drive key',
    version: (version: string) => `Hypertuna ${version}`,
    diagnosticsLabel: 'Diagnostics',
    diagnosticsHint:
      'Figures for whoever helps you: versions, counts, sizes and error codes. No keys, names of people, groups or files, and no words.',
    diagnosticsCopied: 'Diagnostics copied.',
    copyDiagnostics: 'Copy diagnostics',
    copyFailed: 'This could not be copied. Select it and copy it by hand.'
  },

  notify: {
    label: 'Tell me about new messages',
    hint: 'While this window is in the background.',
    refused: 'The browser does not allow notifications for this page. Allow them in its settings.',
    absent: 'This browser has no notifications.',
    message: (name: string, words: string) => `${name}: ${words}`,
    files: (name: string, count: number) => `${name} added ${plural(count, 'file', 'files')}`,
    some: 'New messages'
  },

  usage: {
    loading: 'Measuring…',
    summary: (used: number, free: number) => `${formatSize(used)} used · ${formatSize(free)} free`,
    parts: {
      files: 'Files',
      logs: 'Logs of groups',
      index: 'Search index',
      passing: 'On the way in',
      reclaimable: 'Deleted, not given back yet',
      other: 'Other'
    },
    of: (part: string, bytes: number) => `${part}: ${formatSize(bytes)}`,
    cap: 'At most, in GB',
    capHint: 'What files may take together. Empty for any amount.',
    capBad: 'Enter a number of gigabytes, or nothing.',
    groups: 'Groups on this device',
    group: (files: number, bytes: number) =>
      `${plural(files, 'file', 'files')} · ${formatSize(bytes)}`,
    keep: (group: string) => `Files of ${group}`,
    groupCap: (group: string) => `At most for ${group}, in GB`,
    noCap: 'GB: any',
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
        ? 'No one is connected now.'
        : `${plural(peers, 'connection', 'connections')} now.`,
    limits: 'Limits',
    down: 'Download, MB/s',
    up: 'Upload, MB/s',
    concurrent: 'Large files at once',
    limitsHint: 'Empty for no limit.',
    rateBad: 'Enter 0.1 or more, or nothing.',
    concurrentBad: 'Enter 1 to 32, or nothing.',
    blindPeers: 'Blind peers',
    blindPeersHint:
      'Computers that keep your groups reachable while nobody is online. They hold everything encrypted as it lies on your disk; of open and closed groups they can read what anyone can.',
    blindPeerKey: 'Blind peer’s key',
    addBlindPeer: 'Add blind peer',
    removeBlindPeer: (key: string) => `Remove blind peer ${key}`,
    noBlindPeers: 'None is used.',
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
      'At least 8 characters; several words are best. Without it the backup opens to nobody.',
    repeat: 'Passphrase again',
    tooShort: 'Use at least 8 characters.',
    differ: 'The two are not the same.',
    make: 'Make the backup',
    making: 'Locking the key…',
    ready: 'Your key, locked with the passphrase',
    readyHint: 'Keep it where you keep what matters, and not only on this computer.',
    download: 'Download as a file',
    reenter: 'Or: paste it here from where you put it',
    reenterHint: 'That proves that you have it.',
    reenterWrong: 'This is not the whole backup. Copy it again.',
    confirm: 'I have it',
    saved: 'Your key is saved.',
    fileName: 'hypertuna-key.txt',
    fileText: (npub: string, ncryptsec: string) =>
      `Hypertuna: a locked Nostr key (NIP-49)\n\n${ncryptsec}\n\nIt belongs to ${npub}\nIt opens with the passphrase that you chose: choose “Restore from a backup” on the first page.\n`,
    remind: 'Save your key',
    remindTitle: 'Your key is only on this computer',
    lock: 'Passphrase at start',
    lockOff: 'Whoever opens this computer with your user can use your key.',
    lockOn: 'Hypertuna asks for your passphrase each time it starts.',
    lockLost: 'It cannot be recovered: without it, only a backup brings your key back.',
    setLock: 'Ask for a passphrase…',
    removeLock: 'Ask no longer…',
    lockPassphrase: 'New passphrase',
    current: 'Present passphrase',
    locked: 'From the next start on, Hypertuna asks for the passphrase.',
    unlocked: 'Hypertuna no longer asks for a passphrase.',
    set: 'Set the passphrase',
    remove: 'Remove the passphrase'
  },

  restore: {
    link: 'Restore from a backup',
    title: 'Restore your key',
    text: 'With your key you are yourself again. Your groups are not in it: ask a member for an invite, and you come in as before, with your name and role.',
    label: 'Backup',
    hint: 'Text that starts with ncryptsec1 or nsec1, or the file that you saved.',
    file: 'Choose a file',
    missing: 'There is no key in this. A backup starts with ncryptsec1 or nsec1.',
    passphrase: 'Passphrase of the backup',
    passphraseMissing: 'Enter the passphrase that the backup was made with.',
    nsec: 'This key is not locked: whoever saw it can act as you.',
    submit: 'Restore',
    working: 'Opening the backup…',
    done: 'Your key is back.'
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
    cancel: 'Do not reply',
    quote: 'In answer to',
    gone: 'A message that is not here',
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
    hint: 'Enter takes the marked name'
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
    filesText: 'Photos, documents, whole folders: or drop them here.',
    backup: 'Save your key',
    backupText: 'So that you stay you when this computer is gone.'
  },

  palette: {
    label: 'Go to or do',
    placeholder: 'Search groups and actions',
    results: 'Results',
    none: 'Nothing fits.',
    group: 'Group',
    action: 'Action',
    open: (view: string) => `Open ${view}`,
    write: 'Write a message',
    sheet: 'Keys',
    theme: { light: 'Use the light theme', dark: 'Use the dark theme' }
  },

  keys: {
    title: 'Keys',
    list: {
      palette: 'Go to a group, or do something',
      sheet: 'This list',
      write: 'Write a message',
      add: 'Add files',
      tabs: 'Conversation, Files, People',
      search: 'Search the files',
      preview: 'Look at the marked file',
      remove: 'Remove the marked files',
      undo: 'Take a removal back, for some seconds',
      groups: 'Previous and next group',
      send: 'Send; with Shift a new line',
      mention: 'Mention a member',
      close: 'Close what is open',
      paste: 'Paste an invite anywhere to join, a file to add it'
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
