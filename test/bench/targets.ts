/** What each figure has to reach; names are those of the reports. */
export const TARGETS: Record<string, { limit: number; atLeast: boolean }> = {
  'start until the worker is ready': { limit: 1, atLeast: false },
  'start with 20 relays until ready': { limit: 1, atLeast: false },

  'relay ingest beside the peer': { limit: 4, atLeast: true },
  'relay OK at 1000/s, p99': { limit: 50, atLeast: false },
  'relay REQ #h limit 100 p99 beside the peer': { limit: 1, atLeast: false },
  'relay newest 500 beside better-sqlite3': { limit: 8, atLeast: false },
  'relay fan-out to 1000, at most': { limit: 20, atLeast: false },
  'relay founder memory while it stores': { limit: 400, atLeast: false },
  'relay join until the newest page': { limit: 3, atLeast: false },
  'relay join until every filter is answered': { limit: 25, atLeast: false },
  'relay founder memory while one joins': { limit: 400, atLeast: false },
  'relay joiner memory': { limit: 400, atLeast: false },

  'store path beside put-stream': { limit: 0.7, atLeast: true },
  'store direct beside put-stream': { limit: 0.7, atLeast: true },
  'store path memory over idle': { limit: 134, atLeast: false },
  'store direct memory over idle': { limit: 134, atLeast: false },
  'store spooled memory over idle': { limit: 134, atLeast: false },
  'store path disk after': { limit: 1.05, atLeast: false },
  'store spooled disk after': { limit: 1.05, atLeast: false },
  'store path disk at most': { limit: 1.4, atLeast: false },
  'store spooled disk at most': { limit: 1.4, atLeast: false },

  'deletion, disk beside live bytes': { limit: 1.05, atLeast: false },

  'import bytes beside mirror': { limit: 5, atLeast: true },
  'import events beside mirror': { limit: 5, atLeast: true },

  'member to member channel beside naive': { limit: 1.5, atLeast: true },
  'member to member channel memory over idle': { limit: 134, atLeast: false },
  'member to member server memory over idle': { limit: 134, atLeast: false },
  'member to member channel disk after': { limit: 1.05, atLeast: false },
  'member to member channel disk at most': { limit: 1.4, atLeast: false },

  'fetch from 4 beside as many times one': { limit: 0.95, atLeast: true },
  'fetch small files beside mirror': { limit: 3, atLeast: true },

  'known 100000 files after': { limit: 2, atLeast: false },
  'known 100000 files swept in': { limit: 1, atLeast: false },

  'gateway beside member to member': { limit: 0.85, atLeast: true },
  'gateway small and warm beside bare-http1': { limit: 0.6, atLeast: true },
  'gateway small and warm, p99': { limit: 10, atLeast: false },
  'gateway small beside hypercore-blob-server': { limit: 2, atLeast: true },
  'gateway small beside serve-drive': { limit: 2, atLeast: true },
  'gateway large and warm beside bare-http1': { limit: 0.9, atLeast: true },
  'gateway downloads for 1000 clients': { limit: 1.01, atLeast: false },
  'gateway memory for 1000 slow readers': { limit: 67, atLeast: false },
  'gateway memory for 1000 slow readers, each elsewhere': { limit: 67, atLeast: false },
  'gateway first byte of a small file': { limit: 150, atLeast: false },
  'gateway memory over idle': { limit: 67, atLeast: false },
  'gateway memory over idle, 5 GiB': { limit: 67, atLeast: false },

  'ui start until one can write': { limit: 1.5, atLeast: false },
  'ui writing a message alone, p95': { limit: 50, atLeast: false },
  'ui searching alone, p95': { limit: 50, atLeast: false },
  'ui selecting alone, p95': { limit: 50, atLeast: false },
  'ui a menu alone, p95': { limit: 50, atLeast: false },
  'ui scrolling files alone, frame p95': { limit: 50, atLeast: false },
  'ui scrolling all messages, frame p95': { limit: 50, atLeast: false },
  'ui writing a message while 1 GB is sent, p95': { limit: 50, atLeast: false },
  'ui searching while 1 GB is sent, p95': { limit: 50, atLeast: false },
  'ui selecting while 1 GB is sent, p95': { limit: 50, atLeast: false },
  'ui a menu while 1 GB is sent, p95': { limit: 50, atLeast: false },
  'ui scrolling files while 1 GB is sent, frame p95': { limit: 50, atLeast: false }
}
