/** What moves and closes a Pear window, which comes without a frame of its own. */
export interface WindowFrame {
  minimize(): Promise<unknown>
  maximize(): Promise<unknown>
  restore(): Promise<unknown>
  isMaximized(): Promise<boolean>
  close(): Promise<unknown>
}

/** The frame of this page's window; null where the system draws one. */
export function windowFrame(): WindowFrame | null {
  const { Pear } = globalThis as {
    Pear?: { readonly constructor: { readonly UI?: symbol } }
  }
  const ui = Pear?.constructor.UI
  if (ui === undefined) return null
  return (Pear as unknown as Record<symbol, { app?: WindowFrame }>)[ui]?.app ?? null
}
