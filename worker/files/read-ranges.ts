/** All that a relay's state and the own drive say of its files, in one pass over each range. */
import type { Relay } from '../relays/relay.ts'
import { fileRange, filekeyRange, parseFilekey } from '../relays/keys.ts'
import type { FileFacts } from '../relays/state.ts'
import type { Found, Survey } from './survey.ts'
import { chooseRecord, lieAt, MOST_RECORDS, otherNames, syncedFile } from './synced-file.ts'
import type { Doubts, Record, SyncedFile } from './synced-file.ts'

export interface Ranges {
  relay: Pick<Relay, 'state' | 'relayKey'>
  survey: Pick<Survey, 'list'>
  doubts: Doubts
  /** What a provider is called. */
  nameOf(provider: { driveKey: string; pubkey: string }): string
}

/** The files that records name, and the hashes of those in the folder that none names. */
export async function readRanges({ relay, survey, doubts, nameOf }: Ranges): Promise<{
  files: Map<string, SyncedFile>
  unnamed: Set<string>
}> {
  const { state, relayKey } = relay
  const files = new Map<string, SyncedFile>()
  /** Of files that have more than one. */
  const several = new Map<string, Record[]>()
  const holders = new Map<string, string[]>()
  const found = new Map<string, Found>()
  const readRecords = async (): Promise<void> => {
    for await (const node of state.createReadStream(fileRange)) {
      const hash = node.key.slice('file:'.length, 'file:'.length + 64)
      const record = { ...(node.value as FileFacts), eventId: node.key.slice(-64) }
      const known = several.get(hash)
      const first = files.get(hash)
      if (first === undefined) files.set(hash, syncedFile(hash, record, undefined))
      else if (known === undefined) several.set(hash, [first, record])
      else if (known.length < MOST_RECORDS) known.push(record)
    }
    for (const [hash, records] of several) {
      const record = chooseRecord(records, doubts)
      if (record === null) continue
      const file = syncedFile(hash, record, undefined)
      file.others = otherNames(records, record)
      files.set(hash, file)
    }
  }
  const readHolders = async (): Promise<void> => {
    for await (const node of state.createReadStream(filekeyRange)) {
      const entry = parseFilekey(node.key)
      if (entry === null) continue
      const known = holders.get(entry.hash)
      if (known === undefined) holders.set(entry.hash, [nameOf(entry)])
      else known.push(nameOf(entry))
    }
  }
  const readSpans = async (): Promise<void> => {
    for await (const { hash, span, size } of survey.list(relayKey)) found.set(hash, { span, size })
  }
  // Beside each other, because most of the time each waits for the disk.
  await Promise.all([readRecords(), readHolders(), readSpans()])
  for (const [hash, file] of files) {
    for (const name of holders.get(hash) ?? []) file.providers.add(name)
    lieAt(file, found.get(hash) ?? null)
    found.delete(hash)
  }
  return { files, unnamed: new Set(found.keys()) }
}
