/**
 * A page that would lose something asks not to be closed. A browser then asks who closes it;
 * Electron keeps the window open without a word, also when the whole app is to end. And who
 * quits the app may have no window by then.
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

/**
 * Asks who quits while this device alone has files that others want.
 *
 * @param group where that is so; null when it is so nowhere, and nobody is asked
 * @returns whether to quit
 */
export function mayQuit(group: string | null): boolean {
  if (group === null) return true
  const question = {
    type: 'warning' as const,
    message: 'Quit all the same?',
    detail:
      `Some files of “${group}” are only on this computer so far, and others want them. ` +
      'They are copied while Hypertuna runs; its window can be closed meanwhile.',
    buttons: ['Keep running', 'Quit'],
    defaultId: STAY,
    cancelId: STAY
  }
  return dialog.showMessageBoxSync(question) !== STAY
}

/** @param quits whether the app ends, and nobody is asked any more */
export function askBeforeClosing(window: BrowserWindow, quits: () => boolean): void {
  window.webContents.on('will-prevent-unload', (event) => {
    // To prevent this is to close it
    if (quits() || dialog.showMessageBoxSync(window, QUESTION) !== STAY) event.preventDefault()
  })
}
