import { Seal, fileSealKey, layerSealKey } from '../../protocol/seal.ts'

/** The file keys of the private relays, as far as they are known. */
export class FileKeys {
  readonly #keys = new Map<string, Uint8Array>()

  /** From now on this relay's files are sealed with this key, or lie open (null). */
  use(relayKey: string, fileKey: Uint8Array | null): void {
    if (fileKey === null) this.#keys.delete(relayKey)
    else this.#keys.set(relayKey, fileKey)
  }

  /** The relay's key; null where files lie open. */
  of(relayKey: string): Uint8Array | null {
    return this.#keys.get(relayKey) ?? null
  }

  /** Names a content: the same in all relays that may share it, and in no other. */
  contentOf(relayKey: string, hash: string): string {
    return this.#keys.has(relayKey) ? `${relayKey}/${hash}` : hash
  }

  /** What seals a file of `size` bytes in this relay; null where files lie open. */
  fileSeal(relayKey: string, hash: string, size: number): Seal | null {
    const fileKey = this.of(relayKey)
    return fileKey === null ? null : new Seal(fileSealKey(fileKey, hash), size)
  }

  /** What seals a file's piece layer of `size` bytes; null where files lie open. */
  layerSeal(relayKey: string, hash: string, size: number): Seal | null {
    const fileKey = this.of(relayKey)
    return fileKey === null ? null : new Seal(layerSealKey(fileKey, hash), size)
  }
}

/** Seals the blocks of one file in their order: each is a chunk. */
export class BlockSealer {
  readonly seal: Seal
  #next: number

  /** @param next the first block that is sealed here */
  constructor(seal: Seal, next = 0) {
    this.seal = seal
    this.#next = next
  }

  /** The next blocks, sealed. An empty file has one block, which is empty. */
  take(blocks: Uint8Array[]): Uint8Array[] {
    return blocks.map((block) => this.seal.seal(this.#next++, block))
  }
}

/** All blocks of one file as they are kept: sealed, or as they are without a seal. */
export function sealBlocks(seal: Seal | null, blocks: Uint8Array[]): Uint8Array[] {
  if (seal === null) return blocks
  return new BlockSealer(seal).take(seal.size === 0 ? [new Uint8Array(0)] : blocks)
}
