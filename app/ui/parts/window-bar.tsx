import { useState } from 'react'
import { windowFrame, type WindowFrame } from '../session/window-frame.ts'
import { copy } from '../strings.ts'
import { IconButton } from './button.tsx'
import { CloseIcon, MaximizeIcon, MinimizeIcon } from './icons.tsx'

/** The top of a window that its system gives none: to move it by, and its buttons. */
export function WindowBar() {
  const [frame] = useState(windowFrame)
  if (frame === null) return null
  return (
    <header className='window-bar'>
      <span>{copy.product}</span>
      <IconButton label={copy.window.minimize} onPress={() => void frame.minimize()}>
        <MinimizeIcon size={16} />
      </IconButton>
      <IconButton label={copy.window.maximize} onPress={() => void toggleSize(frame)}>
        <MaximizeIcon size={16} />
      </IconButton>
      <IconButton label={copy.window.close} onPress={() => void frame.close()}>
        <CloseIcon size={16} />
      </IconButton>
    </header>
  )
}

async function toggleSize(frame: WindowFrame): Promise<void> {
  await ((await frame.isMaximized()) ? frame.restore() : frame.maximize())
}
