/**
 * The words that a face and the worker exchange: every struct and every call.
 *
 * Append only: existing structs may gain optional fields and enums may gain
 * values at their end; the builder refuses anything else. After a change run
 * `npm run generate` and commit what it writes.
 *
 * A field is `name: type`; `?` after the name makes it optional, `[]` after the
 * type makes it a list. Times are unix seconds, sizes are bytes, keys and hashes
 * are lowercase hex.
 */

export const enums = {
  access: ['open', 'closed', 'private'],
  role: ['none', 'member', 'admin', 'moderator'],
  'worker-state': ['starting', 'ready', 'degraded'],
  'relay-state': ['joining', 'ready'],
  'join-phase': ['waiting', 'pairing', 'syncing', 'ready', 'asked'],
  'file-phase': ['here', 'fetching', 'waiting', 'bad'],
  'transfer-kind': ['fetch', 'store', 'import', 'export'],
  'transfer-phase': ['waiting', 'running', 'done', 'failed', 'cancelled', 'checking'],
  keep: ['all', 'on-demand'],
  'safety-state': ['safe', 'wait', 'only-here'],
  'on-conflict': ['skip', 'overwrite', 'keep-both'],
  'kept-state': ['working', 'in-step', 'waiting', 'paused']
}

export const structs = {
  empty: {},
  // details: small facts of the error, as a JSON object of strings and numbers
  problem: { code: 'string', message: 'string', 'details?': 'string' },
  'relay-request': { relayKey: 'string' },

  limits: {
    'down?': 'uint', // bytes per second; without it as much as there is
    'up?': 'uint',
    'concurrent?': 'uint' // large files that are fetched at once
  },
  'quota-request': { 'relayKey?': 'string', 'bytes?': 'uint' },
  'keep-request': { relayKey: 'string', keep: 'keep' },
  'file-request': { relayKey: 'string', hash: 'string' },

  status: {
    state: 'worker-state',
    pubkey: 'string',
    driveKey: 'string',
    version: 'string',
    storage: 'string',
    localPort: 'uint',
    peers: 'uint',
    problems: 'problem[]',
    gateways: 'string[]',
    'name?': 'string',
    'network?': 'string', // starting | online | offline
    'quotaBytes?': 'uint', // that may be kept on this device; without it any number
    'limits?': 'limits',
    'locked?': 'bool', // the key is, and nothing is open until somebody gives its passphrase
    'sealed?': 'bool', // a passphrase is asked for at each start
    'backedUpAt?': 'uint', // when this key was last said to be saved elsewhere
    'lanes?': 'uint' // bulk lanes that are open: TCP connections straight to members
  },

  relay: {
    relayKey: 'string',
    publicIdentifier: 'string',
    name: 'string',
    about: 'string',
    access: 'access',
    role: 'role',
    members: 'uint',
    online: 'uint',
    files: 'uint',
    lastEventAt: 'uint',
    state: 'relay-state',
    'creator?': 'string',
    'picture?': 'string',
    'pins?': 'string[]', // event ids, in the order of the admins' list
    'requests?': 'uint', // people who wait to be let in; counted for those who may let them
    'left?': 'bool', // by ourselves
    'removed?': 'bool', // by an admin
    'deleted?': 'bool', // by its creator
    'gateways?': 'string[]', // keys of those that may carry a private group's files
    'shutOut?': 'bool', // members of a private group refuse us, as if we were none
    'keep?': 'keep', // which files are fetched without being asked for
    'quotaBytes?': 'uint', // that its files may have on this device; without it any number
    'keptBytes?': 'uint', // that they have
    'copies?': 'uint', // of each file that are wanted: what admins said, else this device
    'letIn?': 'bool', // by an admin, after a removal: this device needs a new invite to write
    'unread?': 'uint', // messages of others since it was last read; 100 for any more
    'mentions?': 'uint', // of these, those that name us
    'firstUnread?': 'string', // the id of the oldest of them
    'last?': 'last-said', // without it nothing was said, or it is not known yet
    'socket?': 'string', // where Nostr clients of this computer find it: ws://…
    'reference?': 'string' // NIP-29's: the naddr of its kind 39000, with where it is served
  },
  // The newest that was said in a group, or who came and went, as one line of a list needs it.
  'last-said': {
    id: 'string',
    pubkey: 'string',
    createdAt: 'uint',
    kind: 'uint',
    words: 'string', // the beginning of them, with names for the people in them
    'name?': 'string', // of its author
    'files?': 'uint',
    'fileName?': 'string', // of the only one
    'fileKind?': 'string', // image, video or audio, when all of them are
    'tags?': 'string', // of who came and went: those that say how
    'subject?': 'string',
    'subjectName?': 'string',
    'byRelay?': 'bool',
    'wasIn?': 'bool' // whom it is about was a member already
  },
  // A group that we asked to be let into, and that an admin has not answered yet.
  'waiting-join': {
    id: 'string',
    name: 'string',
    since: 'uint',
    'problem?': 'problem' // why it waits no longer
  },
  'relay-list': {
    relays: 'relay[]',
    'waiting?': 'waiting-join[]', // all of them, each time
    'reset?': 'bool', // false: these are new or changed ones, the others stay
    'removed?': 'string[]' // keys of relays
  },
  'create-relay-request': {
    name: 'string',
    access: 'access',
    'alias?': 'string',
    'about?': 'string'
  },

  'edit-group-request': {
    relayKey: 'string',
    name: 'string',
    about: 'string',
    'picture?': 'string', // an address; without one the group has none
    'gateways?': 'string[]', // all there are to be, of a private group; without it they stay
    'access?': 'access', // open or closed; without it as it is
    'copies?': 'uint' // of each file, 1 to 99; without it as it is
  },

  'create-invite-request': {
    relayKey: 'string',
    expiresIn: 'uint',
    uses: 'uint',
    'approval?': 'bool' // an admin is asked about each who comes by it
  },
  invite: { invite: 'string', expiresAt: 'uint' },
  'join-relay-request': { invite: 'string' },
  'join-progress': { phase: 'join-phase', 'relay?': 'relay', 'waitingId?': 'string' },
  'cancel-join-request': { id: 'string' },

  'sent-invite': {
    id: 'string',
    expiresAt: 'uint',
    uses: 'uint',
    used: 'uint',
    by: 'string',
    approval: 'bool',
    'byName?': 'string',
    'invite?': 'string' // its text, a secret; only where it was made on this device
  },
  invites: { invites: 'sent-invite[]' },
  'revoke-invite-request': { relayKey: 'string', id: 'string' },

  member: {
    pubkey: 'string',
    role: 'role',
    online: 'bool',
    'name?': 'string',
    'creator?': 'bool',
    'devices?': 'uint',
    'since?': 'uint',
    'canRemove?': 'bool', // by us, now
    'roles?': 'role[]', // that we may give this member now
    'lastSeen?': 'uint' // when one who is not online was, as far as this device saw
  },
  members: { members: 'member[]' },
  'remove-member-request': { relayKey: 'string', pubkey: 'string', 'reason?': 'string' },
  'set-role-request': { relayKey: 'string', pubkey: 'string', role: 'role' },
  'join-request': {
    pubkey: 'string',
    createdAt: 'uint',
    'name?': 'string',
    'words?': 'string'
  },
  'join-requests': { requests: 'join-request[]' },
  'answer-request': { relayKey: 'string', pubkey: 'string' },

  // A file under another name, or in another place: the same bytes, kept once
  'other-name': {
    eventId: 'string',
    pubkey: 'string',
    createdAt: 'uint',
    'name?': 'string',
    'mime?': 'string',
    'path?': 'string'
  },
  'shared-file': {
    hash: 'string',
    size: 'uint',
    eventId: 'string',
    pubkey: 'string',
    createdAt: 'uint',
    here: 'bool',
    providers: 'uint',
    online: 'uint',
    phase: 'file-phase',
    received: 'uint',
    'name?': 'string',
    'mime?': 'string',
    'path?': 'string',
    'url?': 'string',
    'link?': 'string',
    'problem?': 'problem',
    'pinned?': 'bool', // it stays on this device, whatever is kept of the others
    'wanted?': 'bool', // false for one that is fetched only when somebody asks for it
    'proven?': 'uint', // other drives that proved to hold it
    'holders?': 'uint', // of those, how many are online
    'lastSeen?': 'uint', // when another one that proved it was last online
    'dim?': 'string', // '640x480', as its event says; in conversations only
    'thumbhash?': 'string', // base64, as its event says; in conversations only
    'others?': 'other-name[]', // what else its bytes are called; not in conversations
    'unsized?': 'bool' // its event does not tell the size, which is 0 until it came
  },
  'conversation-event': {
    id: 'string',
    pubkey: 'string',
    createdAt: 'uint',
    kind: 'uint',
    content: 'string',
    tags: 'string',
    files: 'shared-file[]',
    'name?': 'string', // of its author, also when no longer a member
    'subject?': 'string', // whom a 9000 or 9001 is about
    'subjectName?': 'string',
    'byRelay?': 'bool', // signed by the relay's own key: it follows from what an admin allowed
    'wasIn?': 'bool' // of a join request: who asks was a member already, with another device
  },
  signing: {
    signers: 'string[]', // pubkeys
    declaredBy: 'string[]', // pubkeys of other admins who say that signers are lost
    accused: 'bool', // whether they say it of a device of ours
    declared: 'bool', // whether we say it
    unsigned: 'uint', // events that nobody signed yet
    'successor?': 'string',
    'unsignedSince?': 'uint',
    'signedUntil?': 'uint'
  },
  'pinned-events': { events: 'conversation-event[]' },
  'delete-message-request': { relayKey: 'string', eventId: 'string', 'reason?': 'string' },
  'message-request': { relayKey: 'string', eventId: 'string' },
  'conversation-request': { relayKey: 'string', limit: 'uint' },
  'conversation-update': {
    reset: 'bool',
    events: 'conversation-event[]',
    'more?': 'bool' // the rest of these comes at once: they count when it has
  },
  'files-update': {
    reset: 'bool',
    files: 'shared-file[]',
    removed: 'string[]',
    'more?': 'bool' // the rest of these comes at once
  },

  'store-header': {
    relayKey: 'string',
    size: 'uint',
    'fileHash?': 'string',
    'mime?': 'string',
    'name?': 'string'
  },
  'store-chunk': { 'header?': 'store-header', 'bytes?': 'buffer' },
  'store-path-request': {
    relayKey: 'string',
    path: 'string',
    'fileHash?': 'string',
    'name?': 'string',
    'mime?': 'string'
  },
  'stored-file': {
    hash: 'string',
    size: 'uint',
    piecesRoot: 'string',
    deduplicated: 'bool'
  },

  'post-file': {
    hash: 'string',
    'name?': 'string',
    'mime?': 'string',
    'fileUrl?': 'string',
    'dim?': 'string',
    'alt?': 'string',
    'path?': 'string',
    'thumbhash?': 'string' // base64
  },
  'post-request': {
    relayKey: 'string',
    content: 'string',
    kind: 'uint',
    files: 'post-file[]',
    'replyTo?': 'string',
    // The face's own name for it; with `again`, one that was asked for before is not made twice
    'postId?': 'string',
    'again?': 'bool'
  },
  posted: { eventId: 'string' },

  'fetch-file-request': { relayKey: 'string', hash: 'string' },
  transfer: {
    id: 'string',
    relayKey: 'string',
    hash: 'string',
    kind: 'transfer-kind',
    size: 'uint',
    received: 'uint',
    rate: 'uint',
    phase: 'transfer-phase',
    'name?': 'string',
    'problem?': 'problem',
    'items?': 'uint', // files of a job that moves many
    'done?': 'uint', // of these items
    'timeLeft?': 'uint', // seconds, as far as it can be told
    'retry?': 'bool', // it ended, and retryTransfer begins it anew
    'asked?': 'bool', // by a person, and not by the worker itself
    'direct?': 'bool', // bytes come by a bulk lane, a TCP connection straight to a member
    'way?': 'string', // bytes of a fetch came last: lane, connection, or copy of a drive
    'sources?': 'uint' // and how many it can come from
  },
  'transfers-update': {
    transfers: 'transfer[]',
    'reset?': 'bool', // these are all; otherwise they are new or changed ones
    'removed?': 'string[]', // ids
    'waiting?': 'uint' // files that are to be fetched and have no transfer yet
  },
  'cancel-transfer-request': { id: 'string' },
  'retry-transfer-request': { id: 'string' },

  'set-gateways-request': { gateways: 'string[]' },
  'set-name-request': { name: 'string' },

  tally: { files: 'uint', bytes: 'uint' },
  'safety-helper': {
    pubkey: 'string',
    online: 'bool',
    files: 'uint', // of those at risk that it says to hold
    'name?': 'string'
  },
  'group-safety': {
    relayKey: 'string',
    state: 'safety-state',
    target: 'uint', // copies that are wanted of each file
    needed: 'uint', // of them, with others who are online
    here: 'tally', // what this device holds
    few: 'tally', // of that, what fewer than needed hold
    away: 'tally', // of that, what only members who are away hold
    onlyHere: 'tally', // and what nobody else was proved to hold
    helpers: 'safety-helper[]',
    'name?': 'string'
  },
  'safety-request': { 'relayKey?': 'string' }, // without it, all groups
  safety: {
    state: 'safety-state', // of the group asked for, or the worst of all
    here: 'tally',
    few: 'tally',
    away: 'tally',
    onlyHere: 'tally',
    groups: 'group-safety[]'
  },
  'file-holder': {
    pubkey: 'string',
    driveKey: 'string',
    ours: 'bool',
    online: 'bool', // a live handshake
    proved: 'bool', // a challenge passed, none failed since, and not too long ago
    'name?': 'string',
    'provedAt?': 'uint',
    'seenAt?': 'uint',
    'failedAt?': 'uint',
    'failure?': 'string' // not-held, wrong-bytes, unreadable, silent, passed-on
  },
  'file-holders': { target: 'uint', holders: 'file-holder[]' },
  'set-copies-request': { relayKey: 'string', copies: 'uint' },
  'blind-peer': {
    key: 'string',
    connected: 'bool',
    cores: 'uint', // that it was asked to keep
    kept: 'uint', // of those, what it has as far as we have
    'since?': 'uint' // when the connection began
  },
  'blind-peers': { peers: 'blind-peer[]' },
  'set-blind-peers-request': { keys: 'string[]' },

  'group-usage': {
    relayKey: 'string',
    files: 'uint',
    bytes: 'uint', // of its files, each content once
    shared: 'uint' // of these, what other groups refer to as well
  },
  'storage-usage': {
    total: 'uint', // of the storage folder on the disk, as du counts
    free: 'uint', // of the disk it is on
    capacity: 'uint',
    contents: 'uint', // files, each content counted once
    files: 'uint', // their bytes
    shared: 'uint', // of these, what more than one group refers to
    groups: 'group-usage[]',
    cores: 'uint', // what groups are made of beside their files: their logs, on the disk
    index: 'uint',
    spool: 'uint', // files on their way in
    reclaimable: 'uint', // of deleted files, until the disk gives it back
    other: 'uint'
  },
  'left-out': { path: 'string', reason: 'string' },
  'import-folder-request': {
    relayKey: 'string',
    folder: 'string', // its whole path
    'prefix?': 'string' // recorded in front of each path
  },
  'imported-folder': {
    published: 'uint',
    unchanged: 'uint', // published already, with the same path and bytes
    bytes: 'uint', // of what was published
    leftOut: 'uint',
    skipped: 'left-out[]' // the first of what was left out
  },
  'export-files-request': {
    relayKey: 'string',
    folder: 'string', // its whole path; made when it is missing
    onConflict: 'on-conflict', // with another file that has the path
    'hashes?': 'string[]', // these alone, also earlier versions; without it all files
    'eventIds?': 'string[]' // of these by the records of these events: one for each name
  },
  'exported-files': {
    written: 'uint',
    unchanged: 'uint', // there already, with the same bytes
    bytes: 'uint',
    leftOut: 'uint',
    skipped: 'left-out[]'
  },
  'link-folder-request': {
    relayKey: 'string',
    folder: 'string',
    'acceptDeletions?': 'bool' // of a linked one: the many deletions that were held back may be done
  },
  'kept-folder': {
    relayKey: 'string',
    folder: 'string',
    state: 'kept-state',
    files: 'uint', // in step
    missing: 'uint', // of the group, that are not on this device yet
    leftOut: 'uint',
    skipped: 'left-out[]',
    'problem?': 'problem'
  },
  'kept-folders': { folders: 'kept-folder[]' },
  'replaced-files': {
    hashes: 'string[]', // of which nothing is left but earlier versions
    'records?': 'string[]' // '<hash> <event id>' of each, also of bytes that have another name
  },
  'block-file-request': { relayKey: 'string', hash: 'string', 'reason?': 'string' },
  'blocked-files': { hashes: 'string[]' },

  'passphrase-request': { passphrase: 'string' },
  'key-backup': { ncryptsec: 'string' }, // NIP-49
  'set-passphrase-request': {
    'current?': 'string', // when there is one
    'next?': 'string' // without it none is asked for any more
  },
  'restore-key-request': {
    key: 'string', // ncryptsec, nsec, or 64 hex
    'passphrase?': 'string' // of an ncryptsec
  },
  'react-request': { relayKey: 'string', eventId: 'string', content: 'string' },
  'set-asleep-request': { asleep: 'bool' },
  // until: of the newest message that was seen, in unix seconds
  'mark-read-request': { relayKey: 'string', until: 'uint' }
}

/**
 * name: [request, response, how]. `subscribe` answers with a stream of values,
 * `upload` takes a stream of them. The doc is copied into the generated types.
 */
export const calls = {
  status: ['empty', 'status', 'subscribe', 'A snapshot now and each time it changes.'],
  relayList: ['empty', 'relay-list', 'subscribe', 'All relays, then those that change.'],
  createRelay: [
    'create-relay-request',
    'relay',
    'call',
    'Makes a relay with this device as admin.'
  ],
  createInvite: [
    'create-invite-request',
    'invite',
    'call',
    'An invite; expiresIn in seconds, 0 = never; uses 0 = unlimited.'
  ],
  joinRelay: [
    'join-relay-request',
    'join-progress',
    'subscribe',
    'Joins by invite; ends after phase ready. Leaving the stream cancels, but in phase asked.'
  ],
  members: ['relay-request', 'members', 'subscribe', 'All members, now and at each change.'],
  conversation: [
    'conversation-request',
    'conversation-update',
    'subscribe',
    'The newest `limit` events, oldest first, then what is added.'
  ],
  files: [
    'relay-request',
    'files-update',
    'subscribe',
    'All files, then patches; removed = hashes.'
  ],
  storeFile: [
    'store-chunk',
    'stored-file',
    'upload',
    'The first chunk carries the header, all others bytes.'
  ],
  storePath: ['store-path-request', 'stored-file', 'call', 'Stores a file that the worker reads.'],
  post: ['post-request', 'posted', 'call', 'Signs and appends an event; kind 9 for words.'],
  fetchFile: ['fetch-file-request', 'empty', 'call', 'Asks for a file now.'],
  transfers: [
    'empty',
    'transfers-update',
    'subscribe',
    'All transfers first (reset), then those that moved on, and ids that are shown no longer.'
  ],
  cancelTransfer: ['cancel-transfer-request', 'empty', 'call', 'Cancels one transfer.'],
  setGateways: ['set-gateways-request', 'empty', 'call', 'URLs that links are made for.'],
  setName: ['set-name-request', 'empty', 'call', 'The name shown to all relays of this member.'],
  editGroup: [
    'edit-group-request',
    'empty',
    'call',
    'Describes the group anew, as a whole. For admins.'
  ],
  leaveGroup: [
    'relay-request',
    'empty',
    'call',
    'Gives up membership; what is here stays until forgetGroup.'
  ],
  deleteGroup: ['relay-request', 'empty', 'call', 'Ends the group for everybody. For its creator.'],
  invites: [
    'relay-request',
    'invites',
    'subscribe',
    'The invites that work, now and at each change.'
  ],
  revokeInvite: ['revoke-invite-request', 'empty', 'call', 'Nobody comes in by it any more.'],
  requests: [
    'relay-request',
    'join-requests',
    'subscribe',
    'Who waits to be let in, now and at each change.'
  ],
  approveRequest: ['answer-request', 'empty', 'call', 'Lets somebody in who asked.'],
  declineRequest: ['answer-request', 'empty', 'call', 'Refuses somebody who asked.'],
  removeMember: [
    'remove-member-request',
    'empty',
    'call',
    'Removes a member; what it writes from now on is taken back.'
  ],
  setRole: [
    'set-role-request',
    'empty',
    'call',
    'Makes a member an admin, a moderator, or neither.'
  ],
  pinned: ['relay-request', 'pinned-events', 'subscribe', 'Pinned events, newest pin first.'],
  pinMessage: ['message-request', 'empty', 'call', 'For admins and moderators.'],
  unpinMessage: ['message-request', 'empty', 'call', 'For admins and moderators.'],
  deleteMessage: [
    'delete-message-request',
    'empty',
    'call',
    'Takes back what we wrote, or as an admin or moderator what others did.'
  ],
  forgetGroup: [
    'relay-request',
    'empty',
    'call',
    'Takes a group and its files off this device, without telling anybody.'
  ],
  signing: [
    'relay-request',
    'signing',
    'subscribe',
    'Whose devices sign for the group, and how far they have come.'
  ],
  declareSignersLost: [
    'relay-request',
    'empty',
    'call',
    'Says that the signers who are not connected are lost, or agrees with who said so. For admins.'
  ],
  takeBackLoss: ['relay-request', 'empty', 'call', 'Says no longer that signers are lost.'],
  retryTransfer: [
    'retry-transfer-request',
    'empty',
    'call',
    'Begins a transfer anew that failed or was cancelled.'
  ],
  cancelJoin: [
    'cancel-join-request',
    'empty',
    'call',
    'Waits no longer for an admin to let us in; also takes one that failed off the list.'
  ],
  setKeep: [
    'keep-request',
    'empty',
    'call',
    'Which files of a group are fetched: all, or those that people here ask for.'
  ],
  setQuota: [
    'quota-request',
    'empty',
    'call',
    'Bytes that may be kept: of one group, or without relayKey of all; without bytes any number.'
  ],
  setLimits: [
    'limits',
    'empty',
    'call',
    'What may be used of the connection, as a whole: what is left out has no limit.'
  ],
  pinFile: ['file-request', 'empty', 'call', 'The file stays on this device; fetched if it must.'],
  unpinFile: ['file-request', 'empty', 'call', 'The file may go again.'],
  safety: [
    'safety-request',
    'safety',
    'subscribe',
    'Whether this device may go offline: what others were proved to hold, now and as it changes.'
  ],
  fileHolders: [
    'file-request',
    'file-holders',
    'call',
    'Who says to hold a file, when each proved it, and when it was last seen.'
  ],
  setCopies: [
    'set-copies-request',
    'empty',
    'call',
    'Copies of each file that this device wants in a group whose admins have not said.'
  ],
  blindPeers: ['empty', 'blind-peers', 'subscribe', 'The blind peers, and how far each has come.'],
  setBlindPeers: [
    'set-blind-peers-request',
    'empty',
    'call',
    'Keys of the blind peers that keep our groups and our drive, as a whole.'
  ],
  storageUsage: [
    'empty',
    'storage-usage',
    'subscribe',
    'What the storage takes on the disk, now and as it changes, every few seconds at most.'
  ],
  importFolder: [
    'import-folder-request',
    'imported-folder',
    'call',
    'Publishes what is new or changed in a folder; a transfer of kind import.'
  ],
  exportFiles: [
    'export-files-request',
    'exported-files',
    'call',
    'Writes files of a group into a folder; a transfer of kind export.'
  ],
  linkFolder: [
    'link-folder-request',
    'empty',
    'call',
    'Keeps a folder and a group in step; linked again, both sides are put together anew.'
  ],
  unlinkFolder: [
    'link-folder-request',
    'empty',
    'call',
    'Keeps them in step no longer; the files of both stay.'
  ],
  folders: ['empty', 'kept-folders', 'subscribe', 'The linked folders and how they do.'],
  message: [
    'message-request',
    'conversation-event',
    'call',
    'One event with its files, however old it is.'
  ],
  replacedFiles: [
    'relay-request',
    'replaced-files',
    'call',
    'Files that a newer version of the same path replaces.'
  ],
  unlock: [
    'passphrase-request',
    'empty',
    'call',
    'Opens a key that is locked, and everything else.'
  ],
  exportKey: [
    'passphrase-request',
    'key-backup',
    'call',
    'The Nostr key, encrypted with this passphrase (NIP-49).'
  ],
  keyBackedUp: ['empty', 'empty', 'call', 'A person says that the key is saved elsewhere.'],
  setPassphrase: [
    'set-passphrase-request',
    'empty',
    'call',
    'Locks the key on this disk with a passphrase, or no longer.'
  ],
  restoreKey: [
    'restore-key-request',
    'empty',
    'call',
    'Takes a saved key in place of the one made here, while there are no groups.'
  ],
  react: ['react-request', 'posted', 'call', 'A reaction (NIP-25) to an event.'],
  setAsleep: [
    'set-asleep-request',
    'empty',
    'call',
    'This computer goes to sleep, or is awake again.'
  ],
  blockFile: [
    'block-file-request',
    'empty',
    'call',
    'Takes a file away and lets nobody bring it again; for admins.'
  ],
  unblockFile: ['file-request', 'empty', 'call', 'It may be shared again; for admins.'],
  blockedFiles: ['relay-request', 'blocked-files', 'call', 'What admins blocked, by hash.'],
  fileChanges: [
    'relay-request',
    'files-update',
    'subscribe',
    'What changes of files from now on. A reset means that more may have changed than is told.'
  ],
  markRead: ['mark-read-request', 'empty', 'call', 'A person has seen what was said until then.'],
  clearRequests: [
    'relay-request',
    'empty',
    'call',
    'Nobody waits to be let in any more; who did may ask again. For admins.'
  ]
}
