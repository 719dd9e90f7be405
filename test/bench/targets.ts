/** What each figure has to reach; names are those of the reports. */
export const TARGETS: Record<string, { limit: number; atLeast: boolean }> = {
  'start until the worker is ready': { limit: 1, atLeast: false },

  'store path beside put-stream': { limit: 0.7, atLeast: true },
  'store direct beside put-stream': { limit: 0.7, atLeast: true },
  'store path memory over idle': { limit: 134, atLeast: false },
  'store direct memory over idle': { limit: 134, atLeast: false },
  'store spooled memory over idle': { limit: 134, atLeast: false },
  'store path disk after': { limit: 1.05, atLeast: false },
  'store spooled disk after': { limit: 1.05, atLeast: false },
  'store path disk at most': { limit: 1.4, atLeast: false },
  'store spooled disk at most': { limit: 1.4, atLeast: false },

  'member to member channel beside naive': { limit: 1.5, atLeast: true },
  'member to member channel memory over idle': { limit: 134, atLeast: false },
  'member to member server memory over idle': { limit: 134, atLeast: false },
  'member to member channel disk after': { limit: 1.05, atLeast: false },
  'member to member channel disk at most': { limit: 1.4, atLeast: false },

  'gateway beside member to member': { limit: 0.8, atLeast: true },
  'gateway first byte of a small file': { limit: 150, atLeast: false },
  'gateway memory over idle': { limit: 134, atLeast: false }
}
