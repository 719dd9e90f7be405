import { Button } from './parts/button.tsx'
import { Alert, Loading, ProblemWords } from './parts/bits.tsx'
import { Hints } from './parts/hints.tsx'
import { Mark } from './parts/icons.tsx'
import { later } from './parts/later.tsx'
import { NoticeBar } from './parts/notice-bar.tsx'
import { Unbroken } from './parts/unbroken.tsx'
import { WindowBar } from './parts/window-bar.tsx'
import { Dialogs } from './screens/dialogs.tsx'
import { Frame } from './screens/frame.tsx'
import { useLive } from './session/store.ts'
import { useApp, useRelays, useStatus } from './state/app.ts'
import { copy, explain } from './strings.ts'

const Unlock = later(async () => (await import('./screens/unlock.tsx')).Unlock)
const Welcome = later(async () => (await import('./screens/welcome.tsx')).Welcome)

/** Decides which of the few whole screens is on. */
export function Root() {
  const broken = (
    <Stop title={copy.start.brokenTitle} text={copy.start.brokenText}>
      <Button onPress={() => location.reload()}>{copy.start.reload}</Button>
    </Stop>
  )
  return (
    <>
      <WindowBar />
      <Unbroken otherwise={broken}>
        <Screen />
        <Dialogs />
      </Unbroken>
      <NoticeBar />
      <Hints />
    </>
  )
}

function Screen() {
  const app = useApp()
  const link = useLive(app.session.link)
  const config = useLive(app.config)
  const status = useStatus().value
  const { value: relays, waiting, loaded } = useRelays()
  if (link === 'refused') {
    return <Stop title={copy.start.refusedTitle} text={copy.start.refusedText} />
  }
  if (link === 'absent') {
    return (
      <Stop title={copy.start.absentTitle} text={copy.start.absentText}>
        <Button onPress={() => void app.session.connect()}>{copy.start.retry}</Button>
      </Stop>
    )
  }
  if (status?.locked) return <Unlock />
  if (config === null || !loaded) return <Opening />
  if (config.displayName === '' || relays.length + waiting.length === 0) return <Welcome />
  return <Frame />
}

/** Usually a blink; a worker that cannot open its storage says here what to do. */
function Opening() {
  const problems = useStatus().value?.problems ?? []
  const [reason] = useLive(useApp().session.failing).values()
  if (problems.length === 0) {
    const label = reason === undefined ? copy.start.opening : copy.status.failing(explain(reason))
    return <Loading label={label} />
  }
  return (
    <Stop title={copy.status.problemsTitle} text={copy.start.problemsText}>
      {problems.map((problem) => (
        <Alert key={problem.code + problem.message}>
          <ProblemWords problem={problem} />
        </Alert>
      ))}
    </Stop>
  )
}

function Stop({
  title,
  text,
  children
}: {
  title: string
  text: string
  children?: React.ReactNode
}) {
  return (
    <main className='stop'>
      <Mark size={40} />
      <h1>{title}</h1>
      <p>{text}</p>
      {children}
    </main>
  )
}
