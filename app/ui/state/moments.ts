/** For the first time since the page was opened, a message can be written. */
const WRITABLE = 'can-write'

let told = false

/** Notes in the browser's own records, once, that the field for messages has been drawn. */
export function noteWritable(): void {
  if (told) return
  told = true
  // The next frame has it, and after that frame nothing of it is left to do
  requestAnimationFrame(() => setTimeout(() => performance.mark(WRITABLE), 0))
}
