import { useMemo, useState, type ReactNode } from 'react'
import { ProgressBar } from 'react-aria-components'
import type { Problem } from '../../../protocol/rpc/generated/types.ts'
import { copy, explain, hasAdvice } from '../strings.ts'
import { findLinks, plainWords, startOf } from '../plain-text.ts'
import { Button } from './button.tsx'
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
  children
}: {
  icon: ReactNode
  title: string
  text: string
  children?: ReactNode
}) {
  return (
    <div className='empty'>
      {icon}
      <h2>{title}</h2>
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

/** A member's words: text, and links to web addresses. Never HTML. Long ones open on demand. */
export function Words({ words }: { words: string }) {
  const [whole, setWhole] = useState(false)
  const start = useMemo(() => startOf(words), [words])
  if (start === null) return <Text words={words} />
  return (
    <>
      <Text words={whole ? words : `${start}…`} />
      <div>
        <Button kind='link' aria-expanded={whole} onPress={() => setWhole(!whole)}>
          {whole ? copy.conversation.less : copy.conversation.more}
        </Button>
      </div>
    </>
  )
}

function Text({ words }: { words: string }) {
  return (
    <p className='words' dir='auto'>
      {findLinks(plainWords(words)).map(({ text, href }, index) =>
        href === null ? (
          text
        ) : (
          <a key={index} href={href} target='_blank' rel='noopener noreferrer nofollow'>
            {text}
          </a>
        )
      )}
    </p>
  )
}
