import { createRoot } from 'react-dom/client'
import { loadLater } from './parts/later.tsx'
import { watchHands } from './outbox/hands.ts'
import { watchPresses } from './outbox/pressed.ts'
import { Root } from './root.tsx'
import { BrowserHost } from './session/browser-host.ts'
import { windowHost } from './session/shell-host.ts'
import { App, AppContext } from './state/app.ts'

watchHands()
watchPresses(window)
const app = new App(windowHost() ?? new BrowserHost())
void app.session.connect()

// The wait between attempts is cut short when there is reason to hope
const hope = () => void app.session.connect()
addEventListener('hashchange', hope)
addEventListener('online', hope)
addEventListener('focus', hope)

// What needs this page, and what others have nowhere else, says so before it goes
addEventListener('beforeunload', (event) => {
  if (!app.wouldLose()) return
  event.preventDefault()
  // Browsers say in their own words that something may be lost; what it is, the page says
  app.tellLoss()
})

const place = document.getElementById('app')
if (!place) throw new Error('index.html has no place for the app')
createRoot(place).render(
  <AppContext value={app}>
    <Root />
  </AppContext>
)
loadLater()
