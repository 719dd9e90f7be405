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
})
