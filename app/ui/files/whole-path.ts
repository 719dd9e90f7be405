import { useState } from 'react'
import { copy } from '../strings.ts'
import { isWholePath } from './computer.ts'

/** The path of a folder on this computer, as somebody writes it: for a field, and checked. */
export function useWholePath(first = '') {
  const [path, setPath] = useState(first)
  const [problem, setProblem] = useState<string | null>(null)
  /** The path, or null after saying at the field what is wrong with it. */
  const read = (): string | null => {
    const folder = path.trim()
    const relative = isWholePath(folder) ? null : copy.byPath.pathRelative
    const wrong = folder === '' ? copy.byPath.pathMissing : relative
    setProblem(wrong)
    return wrong === null ? folder : null
  }
  const field = {
    value: path,
    onChange: (next: string) => {
      setPath(next)
      setProblem(null)
    },
    problem,
    autoComplete: 'off',
    spellCheck: 'false',
    mono: true,
    autoFocus: true
  } as const
  return { path, read, field }
}
