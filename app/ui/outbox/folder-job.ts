/** A folder, or very many files, on their way into a group; each becomes an entry of its own. */
export interface FolderJob {
  id: string
  relayKey: string
  name: string
  items: number
  done: number
  /** Files that could not be read */
  skipped: number
  /** In bytes; `moved` counts what is under way too */
  size: number
  moved: number
  rate: number
  phase: 'running' | 'waiting' | 'failed'
  problem: string | null
}
