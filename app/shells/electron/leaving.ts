/**
 * A page that would lose something asks not to be closed. A browser then asks who closes it;
 * Electron keeps the window open without a word, also when the whole app is to end.
 */
import { dialog, type BrowserWindow } from 'electron'

const STAY = 0
const QUESTION = {
  type: 'warning' as const,
  message: 'Close the window all the same?',
  detail:
    'Some of what is here is with nobody else yet, or is not sent. The window says what it is.',
  buttons: ['Keep it open', 'Close it'],
  defaultId: STAY,
  cancelId: STAY
}

/** @param quits whether the app ends, and nobody is asked any more */
export function askBeforeClosing(window: BrowserWindow, quits: () => boolean): void {
  window.webContents.on('will-prevent-unload', (event) => {
    // To prevent this is to close it
    if (quits() || dialog.showMessageBoxSync(window, QUESTION) !== STAY) event.preventDefault()
  })
}
