import { HypertunaError } from './errors.ts'
import type { NostrEvent } from './nostr.ts'

export interface FileRecord {
  hash: string
  url: string | null
  mime: string | null
  size: number
  name: string | null
  path: string | null
  piecesRoot: string | null
  dim?: string
  alt?: string
  thumbhash?: string
}

export function makeFileUrlTag(url: string, hash: string): string[] {
  return ['fileUrl', url, hash]
}

export function fileTags(
  _files: FileRecord[],
  _options: { alias: string; driveKey: string; kind: number }
): string[][] {
  throw new HypertunaError('INTERNAL', 'Not there yet')
}

export function parseFiles(_event: Pick<NostrEvent, 'kind' | 'tags'>): FileRecord[] {
  throw new HypertunaError('INTERNAL', 'Not there yet')
}

export function sanitizeName(_name: string): string {
  throw new HypertunaError('INTERNAL', 'Not there yet')
}
