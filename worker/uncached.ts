/**
 * RocksDB keeps up to 32 MB of what it read, which the system keeps as well, and for as long
 * as there is memory for it. What is asked for again and again is cached above it.
 */
export const UNCACHED = { blockCache: false, tableCacheIndexAndFilterBlocks: false }
