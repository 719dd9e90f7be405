import type { ReactNode } from 'react'
import { ProgressBar } from 'react-aria-components'
import type { Problem } from '../../../protocol/rpc/generated/types.ts'
import { copy, explain, hasAdvice } from '../strings.ts'
import { WarnIcon } from './icons.tsx'

/** What went wrong, in place, read out when it appears. */
export function Alert({ children }: { children: ReactNode }) {
  return (
    <p className='alert' role='alert'>
      <WarnIcon />
      <span>{children}</span>
    </p>
  )
}

/** A problem of the worker's: what to do, and its code as the guide lists it. */
export function ProblemWords({ problem }: { problem: Problem }) {
  return (
    <>
      {explain(problem)}
      {hasAdvice(problem.code) && <small>{problem.message}</small>}
      <small className='code'>{problem.code}</small>
    </>
  )
}

/** An empty screen: what is missing, and one thing to do about it. */
export function Empty({
  icon,
  title,
  text,
  level: Title = 'h2',
  children
}: {
  icon: ReactNode
  title: string
  text: string
  /** The heading's, where it is the page's own */
  level?: 'h1' | 'h2'
  children?: ReactNode
}) {
  return (
    <div className='empty'>
      {icon}
      <Title>{title}</Title>
      <p>{text}</p>
      {children}
    </div>
  )
}

export function Loading({ label }: { label: string }) {
  return (
    <div className='empty' role='status'>
      <span className='spinner' />
      <p>{label}</p>
    </div>
  )
}

export function Bar({ label, done, whole }: { label: string; done: number; whole: number }) {
  return (
    <ProgressBar aria-label={label} value={done} maxValue={Math.max(1, whole)}>
      {({ percentage = 0 }) => (
        <div className='bar'>
          <span style={{ width: `${percentage}%` }} />
        </div>
      )}
    </ProgressBar>
  )
}
