declare module 'hrpc/runtime' {
  import type { Duplex } from 'streamx'
  export class RPC {
    constructor(stream: Duplex)
    request(command: number): { send(bytes: Uint8Array): void; reply(): Promise<Uint8Array> }
  }
}
