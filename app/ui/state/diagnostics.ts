import type { Relay, Status, StorageUsage } from '../../../protocol/rpc/generated/types.ts'

interface Known {
  status: Status
  relays: Relay[]
  usage: StorageUsage | null
  browser: string
}

/** Figures that help without telling who, with whom, or what: no keys, names, paths or words. */
export function diagnostics({ status, relays, usage, browser }: Known): string {
  const facts = {
    version: status.version,
    state: status.state,
    network: status.network,
    peers: status.peers,
    directTcp: status.lanes,
    // A message may have a path in it
    problems: status.problems.map(({ code }) => code),
    gateways: status.gateways.length,
    limits: status.limits,
    quotaBytes: status.quotaBytes,
    locked: status.sealed === true,
    backedUp: Boolean(status.backedUpAt),
    groups: relays.map(({ access, role, members, online, files, state, keep, shutOut }) => ({
      access,
      role,
      members,
      online,
      files,
      state,
      keep,
      shutOut
    })),
    storage: usage && {
      total: usage.total,
      free: usage.free,
      files: usage.files,
      contents: usage.contents,
      cores: usage.cores,
      index: usage.index,
      spool: usage.spool,
      reclaimable: usage.reclaimable,
      other: usage.other
    },
    browser
  }
  return JSON.stringify(facts, null, 2)
}
