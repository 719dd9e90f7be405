import { formatNumber, formatSeen, formatUntil, plural } from './format.ts'

/** What the interface says about a group's life: who is in, who decides, and how it ends. */
export const groupWords = {
  people: {
    label: 'People',
    members: 'Members',
    roles: { admin: 'Admin', moderator: 'Moderator', member: 'Member', none: 'Not a member' },
    creator: 'Creator',
    online: 'Online',
    offline: 'Offline',
    seen: (seconds: number) => `Last seen ${formatSeen(seconds)}`,
    you: 'You',
    devices: (count: number) => plural(count, 'device', 'devices'),
    loading: 'Loading the people…',
    aloneTitle: 'Just you so far',
    aloneText: 'Make an invite and send it to the people you want here.',
    menu: (name: string) => `Actions for ${name}`,
    make: { admin: 'Make admin', moderator: 'Make moderator', member: 'Make a regular member' },
    made: {
      admin: (name: string) => `${name} is an admin now.`,
      moderator: (name: string) => `${name} is a moderator now.`,
      member: (name: string) => `${name} is a regular member now.`
    },
    roleHint: {
      admin: 'Admins let people in, remove them, and describe the group.',
      moderator: 'Moderators delete messages of others and pin them.',
      member: ''
    },
    invite: 'Invite people',
    copyKey: 'Copy public key',
    remove: 'Remove from the group…'
  },

  removal: {
    title: (name: string) => `Remove ${name}?`,
    point:
      'What they wrote until now stays. Anything they write from now on is removed from every device.',
    return: 'They come back only if an admin lets them in again.',
    keeps: {
      private:
        'Nobody sends them anything new. What they already have, messages and files, stays with them and stays readable to them.',
      closed: 'They can still read the group, as anyone who was given its key or a link can.',
      open: 'They can still read the group, as anyone who was given its key or a link can.'
    },
    action: 'Remove',
    done: (name: string) => `${name} was removed.`
  },

  return: {
    action: 'Let in again',
    named: (name: string) => `Let ${name} in again`,
    done: (name: string) => `${name} can come back: send them a new invite.`
  },

  requests: {
    title: 'Asking to join',
    when: (when: string) => `Asked ${when}`,
    approve: 'Approve',
    approveNamed: (name: string) => `Approve ${name}`,
    approved: (name: string) => `${name} is in.`,
    decline: 'Decline',
    clear: 'Clear the list',
    clearHint: 'Nobody of these is let in now; each may ask again.',
    cleared: 'The list is empty.',
    declineNamed: (name: string) => `Decline ${name}`,
    declined: (name: string) => `${name} was declined.`,
    count: (count: number) => plural(count, 'person asks to join', 'people ask to join')
  },

  invites: {
    title: 'Open invites',
    by: (name: string) => `By ${name}`,
    used: (used: number, uses: number) =>
      uses === 0
        ? `Used ${plural(used, 'time', 'times')}`
        : `Used ${formatNumber(used)} of ${plural(uses, 'time', 'times')}`,
    until: (seconds: number) => `works until ${formatUntil(seconds)}`,
    forever: 'works without a time limit',
    approval: 'Asks an admin first',
    elsewhere: 'its code is on the device that made it',
    show: 'Show',
    showNamed: (id: string) => `Show invite ${id}`,
    revoke: 'Revoke',
    revokeNamed: (id: string) => `Revoke invite ${id}`,
    revoked: 'The invite no longer works.'
  },

  manage: {
    title: 'Group settings',
    nameLabel: 'Group name',
    aboutLabel: 'About',
    aboutHint: 'One or two sentences. Every member sees them.',
    save: 'Save',
    saved: 'Group settings saved.',
    facts: 'Technical details',
    access: {
      private: 'Only members can read. An admin lets people in.',
      closed:
        'An admin lets people in. Anyone who is given the group’s key or a link to a file can read along.',
      open: 'People with an invite come in through any member who is online. Anyone who is given the group’s key or a link to a file can read along.'
    },
    accessLabel: 'Who lets people in',
    change: {
      open: 'From then on, people with an invite come in through any member who is online. Who can read stays the same. Requests that wait still need an admin.',
      closed:
        'From then on, only an admin lets people in. Members stay, and who can read stays the same.'
    },
    address: 'Group address',
    key: 'Group key',
    elsewhere: 'Other Nostr apps',
    elsewhereText: {
      private:
        'A Nostr app on this computer can read this group and write in it while Hypertuna runs. Members use their own key there: in a private group the app has to prove it.',
      public:
        'A Nostr app on this computer can read this group while Hypertuna runs, and members write in it with their own key.'
    },
    relayAddress: 'Relay address',
    relayAddressHint: 'For the app’s list of relays. It works on this computer only.',
    reference: 'Group reference',
    referenceHint: 'For apps that know groups (NIP-29): paste it where they ask for a group.',
    leave: 'Leave the group…',
    delete: 'Delete the group…'
  },

  gateways: {
    title: 'Files in a browser',
    text: 'A gateway is a website that opens this group’s files to its members in any browser, and sees the files that it carries. Without one, files go from member to member only.',
    keyLabel: 'Gateway key',
    keyHint: 'Ask whoever runs the gateway for it: 64 letters and digits.',
    wrongKey: 'A gateway’s key has 64 characters, 0–9 and a–f. Check that all of it was copied.',
    listed: 'That gateway is in the list already.',
    full: (most: number) => `At most ${formatNumber(most)} gateways. Remove one first.`,
    add: 'Add gateway',
    remove: 'Remove',
    removeNamed: (key: string) => `Remove gateway ${key}`
  },

  signing: {
    title: 'Who confirms changes',
    text: (names: string) =>
      `What happens in the group is confirmed (signed) by the devices of ${names}. Newcomers can rely on what is confirmed without checking all of it.`,
    all: 'Everything is confirmed.',
    waits: (count: number, since: string) =>
      `${plural(count, 'change waits', 'changes wait')} to be confirmed, since ${since}. The group works on meanwhile.`,
    successor: (name: string) => `If they are lost, ${name} takes over.`,
    nobody: 'Nobody could take over: make someone an admin who is online often.',
    declared: (names: string) => `${names} said that the missing devices are lost.`,
    yourself: 'They mean a device of yours. It answers by itself while it is online.',
    own: 'You said that the missing devices are lost. More than half of the admins have to agree.',
    takeBack: 'Take it back',
    lost: 'A device is lost…',
    agree: 'Agree…',
    ask: (names: string) => `Is ${names} lost?`,
    point:
      'Say so only if the devices will not come back soon. When more than half of the admins agree, another admin’s device confirms instead.',
    keeps: 'Nobody loses their role, and nothing that was written is lost.',
    action: 'Say it is lost',
    done: 'Noted. Other admins may have to agree.'
  },

  leaving: {
    title: (group: string) => `Leave ${group}?`,
    text: 'You leave with all your devices. What is here stays until you remove it; nothing new arrives.',
    return: 'To come back you need a new invite.',
    lastAdmin: 'You are the only admin. To leave, make someone else an admin first, under People.',
    action: 'Leave',
    done: (group: string) => `You left ${group}.`
  },

  deleting: {
    title: (group: string) => `Delete ${group} for everyone?`,
    text: 'Nobody can write or join any more, and it cannot be undone. Each member keeps the copy that is on their device until they remove it.',
    action: 'Delete for everyone',
    done: (group: string) => `${group} was deleted.`
  },

  ended: {
    removed: 'You were removed from this group.',
    left: 'You left this group.',
    deleted: 'This group was deleted by its creator.',
    letIn: 'An admin let you in again.',
    text: 'Nothing new arrives, and nothing can be sent. What is here stays until you remove it.',
    letInText: 'To read on and write here, this device needs a new invite. Ask an admin for one.',
    join: 'Join with a new invite',
    short: {
      removed: 'You were removed',
      left: 'You left',
      deleted: 'Deleted',
      letIn: 'Let in again: needs an invite'
    },
    forget: 'Remove from this device',
    forgetTitle: (group: string) => `Remove ${group} from this device?`,
    forgetText:
      'Its messages, and its files that no other group of yours has, are deleted from this device. This cannot be undone.',
    forgotten: (group: string) => `${group} is no longer on this device.`
  },

  shutOut: {
    title: 'The members online do not know you as a member.',
    text: 'You may have been removed, or they have not heard of you yet. Until one of them knows you, nothing new arrives and nothing you write is sent. Wait, and it goes on by itself; or ask an admin for a new invite.',
    short: 'Not known to members',
    join: 'Join with a new invite',
    composer:
      'Nobody would get your message now. It stays here as a draft until a member knows you.'
  },

  waiting: {
    label: 'Waiting to be let in',
    short: 'Waiting for an admin',
    empty: {
      title: 'Waiting to be let in',
      text: 'An admin of the group has to approve. It opens here as soon as one does; you need not keep this page open.'
    },
    keep: 'Close and wait',
    stop: 'Stop waiting',
    cancel: (name: string) => `Stop waiting for ${name}`,
    dismiss: (name: string) => `Take ${name} off the list`,
    cancelled: (name: string) => `You no longer wait for ${name}.`
  },

  message: {
    menu: (name: string, clock: string) => `Actions for the message of ${name}, ${clock}`,
    copyWords: 'Copy text',
    copied: 'Copied.',
    pin: 'Pin',
    unpin: 'Unpin',
    delete: 'Delete…',
    deleteTitle: 'Delete this message?',
    deleteOwn: 'It is deleted for everyone, with its files unless another message has them.',
    deleteOthers: (name: string) =>
      `It is ${name}’s. It is deleted for everyone, and everyone can see who did it.`,
    action: 'Delete',
    deleted: 'The message was deleted.'
  },

  pinned: {
    label: 'Pinned messages',
    all: (count: number) => `Show all ${formatNumber(count)}`,
    less: 'Show one',
    go: (name: string) => `Show the pinned message of ${name}`,
    unpin: (name: string) => `Unpin the message of ${name}`,
    files: (count: number) => plural(count, 'file', 'files'),
    far: 'That message is further up: show older messages to reach it.'
  },

  happened: {
    joined: (name: string) => `${name} joined`,
    asked: (name: string) => `${name} asked to join`,
    left: (name: string) => `${name} left`,
    removed: (by: string, name: string) => `${by} removed ${name}`,
    letIn: (by: string, name: string) => `${by} let ${name} in`,
    letInAgain: (by: string, name: string) => `${by} let ${name} in again`,
    device: (name: string) => `${name} added a device`,
    made: {
      admin: (by: string, name: string) => `${by} made ${name} an admin`,
      moderator: (by: string, name: string) => `${by} made ${name} a moderator`,
      member: (by: string, name: string) => `${by} made ${name} a member`
    }
  },

  confirm: {
    type: (name: string) => `Type “${name}” to confirm`
  }
} as const
