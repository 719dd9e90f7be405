import { Check, Choices } from '../../parts/fields.tsx'
import { useLive } from '../../session/store.ts'
import { useApp } from '../../state/app.ts'
import { copy } from '../../strings.ts'

const THEMES = [
  { value: 'system', label: copy.settings.themes.system },
  { value: 'light', label: copy.settings.themes.light },
  { value: 'dark', label: copy.settings.themes.dark }
] as const

/** How it looks, and what it may interrupt for. */
export function LookSettings() {
  const app = useApp()
  const theme = useLive(app.config)?.theme ?? 'system'
  const on = useLive(app.notifier.on)
  const toggle = (next: boolean) =>
    app.attempt(async () => {
      const answer = await app.notifier.set(next)
      if (answer === 'refused') app.notices.say(copy.notify.refused, 'danger')
      if (answer === 'absent') app.notices.say(copy.notify.absent, 'danger')
    })
  return (
    <>
      <Choices
        label={copy.settings.themeLabel}
        choices={THEMES}
        value={theme}
        onchange={(next) => app.attempt(() => app.save({ theme: next }))}
        row
      />
      <Check label={copy.notify.label} hint={copy.notify.hint} value={on} onchange={toggle} />
    </>
  )
}
