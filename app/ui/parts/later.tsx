import { lazy, Suspense, useEffect, useState, type ComponentType } from 'react'
import { useApp } from '../state/app.ts'
import { copy } from '../strings.ts'

/** When nothing else is to be done, what is not needed at first is brought here, after so many ms. */
const AFTER_START = 2000

const loads: (() => Promise<unknown>)[] = []

/**
 * A part of the app that is in a file of its own, so that the first screen does not wait for it.
 * Where it cannot be loaded (the app was updated since), that is said.
 */
export function later<Props extends object>(
  load: () => Promise<ComponentType<Props>>
): ComponentType<Props> {
  let here: ComponentType<Props> | null = null
  const bring = async (): Promise<ComponentType<Props>> => (here = await load())
  loads.push(bring)
  const Part = lazy(() =>
    bring().then(
      (part) => ({ default: part }),
      (error: unknown) => {
        console.warn('A part of the app could not be loaded', error)
        return { default: Missing as ComponentType<Props> }
      }
    )
  )
  return (props) => {
    // What has come meanwhile is there at once, and stays what it is while it is there
    const [Known] = useState(() => here)
    if (Known !== null) return <Known {...props} />
    return (
      <Suspense fallback={null}>
        <Part {...props} />
      </Suspense>
    )
  }
}

/** Brings all parts here while nobody waits for them, one after the other. */
export function loadLater(): void {
  const next = async (): Promise<void> => {
    for (const load of loads) {
      await new Promise<void>((resolve) => requestIdleCallback(() => resolve()))
      await load().catch(() => {}) // it is said when somebody wants it
    }
  }
  setTimeout(() => void next(), AFTER_START)
}

function Missing() {
  const app = useApp()
  useEffect(() => {
    app.notices.say(copy.start.partMissing, 'danger')
    if (app.dialog.get() !== null) app.closeDialog()
  }, [app])
  return null
}
