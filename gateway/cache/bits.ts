/** Which of a fixed number of things are there, and how many. */
export class Bits {
  readonly length: number
  count = 0
  #bytes: Uint8Array

  constructor(length: number) {
    this.length = length
    this.#bytes = new Uint8Array(Math.ceil(length / 8))
  }

  has(index: number): boolean {
    return ((this.#bytes[index >> 3] ?? 0) & (1 << (index & 7))) !== 0
  }

  add(index: number): void {
    if (this.has(index) || index >= this.length) return
    this.#bytes[index >> 3]! |= 1 << (index & 7)
    this.count++
  }

  delete(index: number): void {
    if (!this.has(index)) return
    this.#bytes[index >> 3]! &= ~(1 << (index & 7))
    this.count--
  }

  clear(): void {
    this.#bytes.fill(0)
    this.count = 0
  }

  /** As `save` gave it; what is beyond the length is ignored. */
  load(bytes: Uint8Array): void {
    this.clear()
    for (let i = 0; i < Math.min(this.length, bytes.byteLength * 8); i++) {
      if (((bytes[i >> 3] ?? 0) & (1 << (i & 7))) !== 0) this.add(i)
    }
  }

  save(): Buffer {
    return Buffer.from(this.#bytes)
  }
}
