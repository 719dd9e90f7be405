import { HypertunaError } from './errors.ts'

export interface FileRequest {
  method: string
  headers: Record<string, string | undefined>
  query: { download?: boolean; filename?: string }
}

export interface ServedFile {
  hash: string
  size: number
  mime: string | null
  name: string | null
  access: 'open' | 'closed' | 'private'
}

export interface ByteRange {
  start: number
  /** exclusive */
  end: number
}

export interface FileResponse {
  status: 200 | 206 | 304 | 412 | 416
  headers: Record<string, string>
  range: ByteRange | null
}

export function decideFileResponse(_request: FileRequest, _file: ServedFile): FileResponse {
  throw soon()
}

export function errorResponse(
  _status: number,
  _code: string,
  _message: string,
  _extraHeaders: Record<string, string> = {}
): { status: number; headers: Record<string, string>; body: string } {
  throw soon()
}

export function parseRange(
  _header: string | undefined,
  _size: number
): 'none' | 'unsatisfiable' | ByteRange {
  throw soon()
}

export function inertHeaders(_mime: string | null): Record<string, string> {
  throw soon()
}

function soon(): HypertunaError {
  return new HypertunaError('INTERNAL', 'Not there yet')
}
