/** Bounds of a gateway: what a stranger can make it hold, and for how long. Times in milliseconds. */
export interface GatewayLimits {
  /** Relays whose topic is joined at once. */
  topics: number
  /** Connections to members, over all relays. */
  peers: number
  /** Members of one relay that are kept connected. */
  providers: number
  /** HTTP requests in hand at once; further ones get 503. */
  requests: number
  /** Members asked at once whether they have a file. */
  asks: number
  /** Bytes of tree layers held by running responses, and again by the memory of recent ones. */
  layers: number
  /**
   * Files without a tree that are fetched whole at once, with those that wait for their turn,
   * and their bytes on disk together.
   */
  spools: number
  spoolsWaiting: number
  spoolBytes: number
  /** To the first byte of an answer, else 504. */
  firstByte: number
  /** How long a request looks for members before it says that nobody is online. */
  look: number
  /** A relay's members are sought this long after the last search when one is missing… */
  lookAgain: number
  /** …and when none is: members that came since are only found by looking. */
  lookEvery: number
  /** For a member to prove itself once connected. */
  prove: number
  /** For a member to say whether it has a file. */
  ask: number
  /** What the others get once one has said that the file does not exist. */
  askGrace: number
  /** Without a byte from a member before another one takes over. */
  stall: number
  /** How long a response in mid-stream waits for another member. */
  resume: number
  /** For a client to send its headers, and to ask again on its connection. */
  headers: number
  keepAlive: number
  /** How long a client may refuse to take bytes. */
  slowClient: number
  /** Bytes that all answers of public files together hold in memory, roughly. */
  memory: number
  /** How long what a member said of a file holds: that it is there, and that it is not. */
  fresh: number
  missing: number
  /** How long a request for a file that is cached waits for members to confirm it. */
  recheck: number
  /** Without a first byte from one member before another is asked as well. */
  hedge: number
  /** A relay nobody asked for is left after this. */
  idleTopic: number
  /** Who could not prove itself, or served wrong bytes, is left alone for this long. */
  unproven: number
  aside: number
  /** How long a file is sought of which only the hash is known. */
  find: number
  /** Whether files are mirrored from any address, also of this computer; for tests. */
  mirrorAnywhere: boolean
  /** Clients of Nostr at once, and those of one address. */
  sockets: number
  socketsPerAddress: number
  /** Messages that a client may send in a second, and at once. */
  socketRate: number
  socketBurst: number
  /** How long a client waits for another member when the one who served it went. */
  socketResume: number
  /** How long a client of Nostr may refuse to take messages. */
  socketSlow: number
  /** A file fetched whole stays on disk this long after its last use. */
  spoolLinger: number
}

export const LIMITS: GatewayLimits = {
  topics: 64,
  peers: 512,
  providers: 24,
  requests: 2048,
  asks: 4,
  layers: 64 * 1024 * 1024,
  spools: 4,
  spoolsWaiting: 128,
  spoolBytes: 16 * 1024 * 1024 * 1024,
  firstByte: 30_000,
  look: 10_000,
  lookAgain: 3_000,
  lookEvery: 30_000,
  prove: 10_000,
  ask: 5_000,
  askGrace: 1_500,
  stall: 10_000,
  resume: 10_000,
  headers: 15_000,
  keepAlive: 15_000,
  slowClient: 120_000,
  memory: 4 * 1024 * 1024,
  fresh: 3_000,
  missing: 3_000,
  recheck: 1_500,
  hedge: 1_000,
  idleTopic: 300_000,
  unproven: 30_000,
  aside: 600_000,
  find: 2000,
  mirrorAnywhere: false,
  sockets: 512,
  socketsPerAddress: 64,
  socketRate: 200,
  socketBurst: 1000,
  socketResume: 30_000,
  socketSlow: 30_000,
  spoolLinger: 60_000
}
