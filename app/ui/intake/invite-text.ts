const SHAPE = /^hypertuna:\/\/join\/\S{20,}$/i

/** Whether pasted text is surely meant as an invite. */
export function looksLikeInvite(text: string): boolean {
  return SHAPE.test(text)
}
