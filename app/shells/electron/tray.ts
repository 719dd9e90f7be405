import { Menu, nativeImage, Notification, Tray } from 'electron'

/** A disc of 16 pixels: drawn, because a tray takes no SVG. */
const SIZE = 16

let tray: Tray | null = null // a tray that nobody holds disappears

/** Keeps the member online when the window is closed, and says so once. */
export function showTray({
  title,
  show,
  quit
}: {
  title: string
  show: () => void
  quit: () => void
}): void {
  const pixels = Buffer.alloc(SIZE * SIZE * 4)
  for (let i = 0; i < SIZE * SIZE; i++) {
    const across = (i % SIZE) - SIZE / 2 + 0.5
    const down = Math.floor(i / SIZE) - SIZE / 2 + 0.5
    const inside = Math.hypot(across, down) < SIZE / 2 - 1
    pixels.set(inside ? [0x8a, 0xa0, 0x3a, 0xff] : [0, 0, 0, 0], i * 4)
  }
  tray = new Tray(nativeImage.createFromBitmap(pixels, { width: SIZE, height: SIZE }))
  tray.setToolTip(title)
  const menu = [
    { label: `Show ${title}`, click: show },
    { label: 'Quit', click: quit }
  ]
  tray.setContextMenu(Menu.buildFromTemplate(menu))
  tray.on('click', show)
}

/** Where the system shows notifications. */
export function notify(title: string, body: string): void {
  if (Notification.isSupported()) new Notification({ title, body }).show()
}
