import { CopyField } from '../../parts/copy-field.tsx'
import { Button } from '../../parts/button.tsx'
import { useApp, useRelays, useStatus } from '../../state/app.ts'
import { storageFeed } from '../../state/feeds.ts'
import { useLive } from '../../session/store.ts'
import { copy } from '../../strings.ts'
import { diagnostics } from '../../state/diagnostics.ts'

/** What this is, where it keeps its things, and figures for whoever helps. */
export function AboutSettings() {
  const app = useApp()
  const status = useStatus().value
  const { value: relays } = useRelays()
  const { value: usage } = useLive(storageFeed(app.session))
  if (status === null) return null
  const text = diagnostics({ status, relays, usage, browser: navigator.userAgent })
  const take = () =>
    navigator.clipboard.writeText(text).then(
      () => app.notices.say(copy.settings.diagnosticsCopied),
      () => app.notices.say(copy.settings.copyFailed, 'danger')
    )
  return (
    <>
      <p className='described-name'>{copy.settings.version(status.version)}</p>
      <CopyField label={copy.settings.storage} text={status.storage} />
      <CopyField label={copy.settings.drive} text={status.driveKey} />
      <section className='settings-part'>
        <h4>{copy.settings.diagnosticsLabel}</h4>
        <p className='muted'>{copy.settings.diagnosticsHint}</p>
        <pre className='diagnostics' tabIndex={0} aria-label={copy.settings.diagnosticsLabel}>
          {text}
        </pre>
        <div>
          <Button onPress={() => void take()}>{copy.settings.copyDiagnostics}</Button>
        </div>
      </section>
    </>
  )
}
