import { HypertunaError } from './errors.ts'

export const LEAF_SIZE = 16384
export const PIECE_SIZE = 262144

export interface FileDigest {
  hash: string
  size: number
  piecesRoot: string
  layer: Uint8Array
}

export class FileHasher {
  update(_chunk: Uint8Array): void {
    throw soon()
  }

  digest(): FileDigest {
    throw soon()
  }
}

export function layerRoot(_layer: Uint8Array, _size: number): string {
  throw soon()
}

export function verifyPiece(
  _layer: Uint8Array,
  _size: number,
  _index: number,
  _bytes: Uint8Array
): boolean {
  throw soon()
}

export function pieceCount(size: number): number {
  return Math.ceil(size / PIECE_SIZE)
}

function soon(): HypertunaError {
  return new HypertunaError('INTERNAL', 'Not there yet')
}
