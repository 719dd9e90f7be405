export { explain, hasAdvice } from './error-words.ts'
import { formatNumber, formatUntil, plural } from './format.ts'
import { fileWords } from './file-words.ts'
import { folderWords } from './folder-words.ts'
import { appWords } from './app-words.ts'
import { groupWords } from './group-words.ts'
import { safetyWords } from './safety-words.ts'

/** Every word that the interface says, in one place. */
export const copy = {
  ...groupWords,
  ...fileWords,
  ...folderWords,
  ...appWords,
  ...safetyWords,
  product: 'Hypertuna',

  start: {
    opening: 'Opening Hypertuna…',
    refusedTitle: 'Open Hypertuna again from the app',
    refusedText:
      'This page belongs to the app on your computer, and only the app can open it. Start Hypertuna, or use the link it printed when it started. What you were writing is kept.',
    absentTitle: 'Hypertuna does not answer',
    absentText:
      'If it is not running, start it on this computer. This page goes on by itself as soon as it answers.',
    problemsText: 'Hypertuna could not open everything it needs.',
    brokenTitle: 'This page cannot go on',
    brokenText:
      'Something went wrong in it. What you wrote is kept: load it again. If it happens once more, tell whoever helps you what you did before.',
    reload: 'Load it again',
    retry: 'Try again',
    partMissing: 'This part could not be loaded. Reload the page.'
  },

  welcome: {
    title: 'Groups that keep their own things',
    lead: 'Talk, and share photos and whole folders. Everything is kept on the members’ computers: no server, no account.',
    nameLabel: 'Your name',
    nameHint: 'Members of your groups see you by this name.',
    nameMissing: 'Enter the name that others will see.',
    create: 'Create a group',
    join: 'I have an invite',
    keyNote:
      'No e-mail, no password. You are known by a key that is made on this computer and stays on it.'
  },

  frame: {
    groups: 'Groups',
    newGroup: 'New group',
    joinGroup: 'Join with an invite',
    settings: 'Settings',
    joiningGroup: 'Joining',
    skip: 'Skip to the group',
    chooseTitle: 'Choose a group',
    chooseText: 'Your groups are in the list.',
    openGroups: 'Groups and settings'
  },

  group: {
    online: (online: number, members: number) =>
      members <= 1 ? 'Just you' : `${formatNumber(online)} of ${formatNumber(members)} online`,
    access: { open: 'Open group', closed: 'Closed group', private: 'Private group' },
    invite: 'Invite',
    addFiles: 'Add files',
    settings: 'Group settings',
    tabs: { conversation: 'Conversation', files: 'Files', people: 'People' },
    goneTitle: 'This group is not on this computer',
    goneText: 'Choose another, or join it with an invite.'
  },

  create: {
    title: 'Create a group',
    nameLabel: 'Group name',
    namePlaceholder: 'Field notes',
    nameMissing: 'Give the group a name.',
    accessLabel: 'Who can join, and who can read',
    private: 'Private',
    closed: 'Closed',
    open: 'Open',
    writeNote: 'Only members can write, whichever you choose.',
    submit: 'Create group',
    creating: 'Creating…',
    created: (name: string) => `${name} is ready.`
  },

  invite: {
    title: (group: string) => `Invite people to ${group}`,
    expiresLabel: 'Works for',
    hour: '1 hour',
    day: '24 hours',
    week: '7 days',
    forever: 'No limit',
    approvalLabel: 'Ask me first',
    approvalHint: 'People who use it wait until an admin lets them in.',
    usesLabel: 'How many can use it',
    onePerson: '1 person',
    tenPeople: '10 people',
    anyNumber: 'Any number',
    submit: 'Make an invite',
    making: 'Making an invite…',
    another: 'Make another',
    linkLabel: 'Invite',
    audience:
      'Send it only to people you want in the group. They need Hypertuna on their computer: there they choose “I have an invite” and paste it.',
    audienceAsked:
      'Anyone who has it can ask to join: in Hypertuna they choose “I have an invite” and paste it. You find them under People.',
    until: (seconds: number) => `Works until ${formatUntil(seconds)}.`,
    noLimit: 'Works without a time limit.',
    uses: (uses: number) =>
      uses === 0
        ? 'Any number of people can use it.'
        : `${plural(uses, 'person', 'people')} can use it.`,
    online: {
      open: 'You or any other member must be online when they join.',
      closed: 'You or another admin must be online when they join.',
      private: 'You or another admin must be online when they join.'
    }
  },

  join: {
    title: 'Join a group',
    label: 'Invite',
    hint: 'Paste the invite a member sent you. Other text around it is fine.',
    missing: 'Paste an invite first.',
    notFound: 'There is no invite in this text. One starts with hypertuna://join/.',
    submit: 'Join',
    phases: {
      waiting: 'Waiting for a member',
      pairing: 'A member is letting you in',
      syncing: 'Getting the group',
      ready: 'You are in',
      asked: 'Waiting for an admin'
    },
    details: {
      waiting:
        'Someone in the group has to be online to let you in. Leave this open; it goes on as soon as they are.',
      pairing: 'This takes a few seconds.',
      syncing: 'The conversation is being copied to this computer.',
      ready: '',
      asked:
        'This invite asks first: you are in as soon as an admin who is online approves. You can close this; the group waits in your list, also after a restart.'
    },
    joined: (name: string) => `You joined ${name}.`,
    again: 'Try again'
  },

  conversation: {
    label: 'Conversation',
    messages: 'Messages',
    emptyTitle: 'Nothing here yet',
    emptyText: 'Write the first message, or begin with one of these.',
    endedText: 'Nothing was written in this group.',
    loading: 'Loading the conversation…',
    older: 'Show older messages',
    newest: 'Newest messages',
    sending: 'Sending…',
    waitingToSend: 'Waiting for the connection',
    notSent: 'Not sent',
    fileCancelled: 'The file was cancelled.',
    restored: 'The page was closed before this was sent.',
    tooLong: (size: string, most: string) =>
      `The message is ${size} long and a message takes ${most}. Edit it to make it shorter, or send it as a text file.`,
    fileGone: 'No longer here',
    addAgain: 'Add the file again',
    addAgainNamed: (name: string) => `Add ${name} again`,
    addFilesAgain: (names: string[]) =>
      `Add again what this page no longer has: ${names.join(', ')}`,
    more: 'Show more',
    less: 'Show less',
    retry: 'Try again',
    discard: 'Discard',
    editDraft: 'Edit',
    unknownPerson: (key: string) => `Someone (${key.slice(0, 6)})`,
    you: 'you'
  },

  album: {
    facts: (files: number, size: string) => `${plural(files, 'file', 'files')} · ${size}`,
    openAndMore: (name: string, more: number) => `Open ${name}, and ${formatNumber(more)} more`,
    each: 'Show each file',
    less: 'Show as one',
    files: 'See all files',
    folder: 'Open the folder',
    rest: (more: number) => `${plural(more, 'more file is', 'more files are')} in Files.`
  },

  composer: {
    label: (group: string) => `Message to ${group}`,
    placeholder: 'Write a message',
    arriving:
      'The group is still being copied to this computer. What you write stays here as a draft until then.',
    attach: 'Attach files',
    send: 'Send',
    hint: 'Enter sends, Shift + Enter makes a new line',
    attached: 'Files to send',
    attachedCount: (count: number, size: string) =>
      `${plural(count, 'file', 'files')} to send · ${size}`,
    removeAll: 'Remove all',
    removeFile: (name: string) => `Remove ${name}`,
    tooMany: (limit: number, left: number) =>
      `A message takes ${formatNumber(limit)} files. ${plural(left, 'file was', 'files were')} left out.`,
    drop: (group: string) => `Drop to add to ${group}`,
    pastedImage: 'Pasted image',
    unreadable: (name: string) => `${name} could not be read. It was left out.`
  },

  status: {
    label: 'Status',
    peers: (peers: number) =>
      peers === 0 ? 'No one else online' : `Connected to ${plural(peers, 'device', 'devices')}`,
    offline: 'Offline',
    offlineText:
      'You are offline. Everything on this device stays readable; what you write and add is sent when you are back.',
    starting: 'Starting…',
    failing: (reason: string) => `Some of this page is out of date. ${reason} Trying again…`,
    reconnecting: 'Reconnecting…',
    degraded: (count: number) => plural(count, 'problem', 'problems'),
    problemsTitle: 'What needs attention',
    wouldLose:
      'Something here is not sent yet. Leave this page open until nothing is waiting any more.',
    goesOn: 'Hypertuna does not answer at the moment. This goes on by itself as soon as it does.',
    lost: 'Hypertuna stopped answering. Reconnecting… If you closed it, start it again. What you wrote is kept; leave this page open so that files you added are too.'
  },

  update: {
    updating: 'Fetching a newer version…',
    ready: 'Restart for the newer version',
    waiting: 'Restarts when transfers are done'
  },

  field: {
    left: (count: number) => `${plural(count, 'character', 'characters')} left`,
    over: (count: number) => `${plural(count, 'character', 'characters')} too long`
  },

  dialog: { close: 'Close', cancel: 'Cancel', done: 'Done', copy: 'Copy', copied: 'Copied' }
} as const
