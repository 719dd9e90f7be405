import { useEffect, useRef, useState } from 'react'
import { Form } from 'react-aria-components'
import type { Relay } from '../../../protocol/rpc/generated/types.ts'
import { isHex32 } from '../../../protocol/ids.ts'
import { Alert } from '../parts/bits.tsx'
import { Button } from '../parts/button.tsx'
import { Field } from '../parts/fields.tsx'
import { useApp } from '../state/app.ts'
import { administers } from '../state/standing.ts'
import { copy, explain } from '../strings.ts'

const MOST_GATEWAYS = 16

/** Which gateways may carry a private group's files. Admins change the list, members see it. */
export function GroupGateways({ relay }: { relay: Relay }) {
  const { gateways, list, problem } = useGateways(relay)
  const summary = useRef<HTMLElement>(null)
  const admin = administers(relay)
  if (relay.access !== 'private' || (!admin && gateways.length === 0)) return null
  const remove = async (key: string) => {
    const gone = await list(gateways.filter((other) => other !== key))
    if (gone) summary.current?.focus() // the button that had the focus is gone
  }
  return (
    <details className='about'>
      <summary ref={summary}>
        {copy.gateways.title}{' '}
        {gateways.length > 0 && <span className='count'>{gateways.length}</span>}
      </summary>
      <p className='muted'>{copy.gateways.text}</p>
      <ul className='gateways' aria-label={copy.gateways.title}>
        {gateways.map((key) => (
          <li key={key}>
            <code>{key}</code>
            {admin && (
              <Button
                aria-label={copy.gateways.removeNamed(key.slice(0, 8))}
                onPress={() => void remove(key)}
              >
                {copy.gateways.remove}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {admin && <AddGateway gateways={gateways} list={list} />}
      {problem && <Alert>{problem}</Alert>}
    </details>
  )
}

interface AddProps {
  gateways: string[]
  list: (wished: string[]) => Promise<boolean>
}

function AddGateway({ gateways, list }: AddProps) {
  const [text, setText] = useState('')
  const [problem, setProblem] = useState<string | null>(null)
  const add = async () => {
    const key = text.trim().toLowerCase()
    const wrong = wrongWith(key, gateways)
    setProblem(wrong)
    if (wrong === null && (await list([...gateways, key]))) setText('')
  }
  return (
    <Form
      className='add-gateway'
      onSubmit={(event) => {
        event.preventDefault()
        void add()
      }}
    >
      <Field
        label={copy.gateways.keyLabel}
        hint={copy.gateways.keyHint}
        value={text}
        onChange={(next) => {
          setText(next)
          setProblem(null)
        }}
        problem={problem}
        mono
      />
      <Button type='submit'>{copy.gateways.add}</Button>
    </Form>
  )
}

function wrongWith(key: string, gateways: string[]): string | null {
  if (!isHex32(key)) return copy.gateways.wrongKey
  if (gateways.includes(key)) return copy.gateways.listed
  return gateways.length >= MOST_GATEWAYS ? copy.gateways.full(MOST_GATEWAYS) : null
}

/** The list, and what replaces it; it is known at once, before the group tells it. */
function useGateways(relay: Relay) {
  const app = useApp()
  const [sent, setSent] = useState<string[] | null>(null)
  const busy = useRef(false) // buttons that were disabled meanwhile would lose the focus
  const [problem, setProblem] = useState<string | null>(null)
  const told = relay.gateways ?? []
  useEffect(() => setSent(null), [told.join()])

  const list = async (gateways: string[]) => {
    if (busy.current) return false
    busy.current = true
    setProblem(null)
    const { relayKey, name, about, picture } = relay
    try {
      await app.session.call('editGroup', { relayKey, name, about, picture, gateways })
      setSent(gateways)
      return true
    } catch (error) {
      setProblem(explain(error))
      return false
    } finally {
      busy.current = false
    }
  }
  return { gateways: sent ?? told, list, problem }
}
