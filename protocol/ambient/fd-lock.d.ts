declare module 'fd-lock' {
  import type ReadyResource from 'ready-resource'

  /** Locks an open file for this process; closing it closes the file. */
  export default class FDLock extends ReadyResource {
    constructor(fd: number, options?: { wait?: boolean })
  }
}
