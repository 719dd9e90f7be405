/**
 * The first of the page's code, and all of it that is needed to ask: while the rest comes and is
 * compiled, the shell lets us in and the worker has the first questions before it.
 */
import './styles/index.css'
import { knock } from './session/knock.ts'
import { applyLastTheme } from './state/look.ts'

applyLastTheme()
knock()
import('./app.tsx').catch((error: unknown) => {
  // The app was updated since the page was asked for, or went away
  console.warn('The page could not be loaded', error)
  sayMissing()
})

/** Without the rest of the code there are neither screens nor their words. */
function sayMissing(): void {
  const main = document.createElement('main')
  main.className = 'stop'
  const title = document.createElement('h1')
  title.textContent = 'Hypertuna could not be loaded'
  const text = document.createElement('p')
  text.setAttribute('role', 'alert')
  text.textContent = 'Reload this page. If it stays like this, start Hypertuna again.'
  main.append(title, text)
  document.getElementById('app')?.replaceChildren(main)
}
