/** What a picture may take in a message, in pixels */
const ROOM = { width: 440, height: 320 }

/**
 * The room of a picture, so that what is below does not move when it comes.
 *
 * @param dim its size as its event tells it: "1600x900"
 */
export function boxOf(
  dim: string | null | undefined
): { width: number; height: number } | undefined {
  const [width = 0, height = 0] = (dim ?? '').split('x').map(Number)
  if (!(width > 0 && height > 0)) return undefined
  const scale = Math.min(1, ROOM.width / width, ROOM.height / height)
  return {
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale))
  }
}
