import { useState } from 'react'
import type { BlindPeer, Limits } from '../../../../protocol/rpc/generated/types.ts'
import { Button } from '../../parts/button.tsx'
import { Field } from '../../parts/fields.tsx'
import { SubmitForm, useSaving } from '../../parts/form.tsx'
import { useLive } from '../../session/store.ts'
import { useApp, useStatus } from '../../state/app.ts'
import { blindPeersFeed } from '../../state/feeds.ts'
import { copy, explain } from '../../strings.ts'
import { readAmount } from './amounts.ts'

const MB = 1_000_000
/** The worker takes whoever is slower for gone */
const SLOWEST = 0.1
const MOST_AT_ONCE = 32

/** Whether others can be reached, how much they may get, and who stands in while we are away. */
export function NetworkSettings() {
  const status = useStatus().value
  if (status === null) return null
  const network = status.peers > 0 ? 'online' : status.network
  const state = network === 'offline' || network === 'starting' ? network : 'online'
  return (
    <>
      <section className='settings-part'>
        <p className={state === 'online' ? 'state ok' : 'state warn'}>
          <span className={state === 'online' ? 'dot on' : 'dot'} />
          {copy.network.states[state]}. {state === 'online' && copy.network.peers(status.peers)}
        </p>
      </section>
      <LimitsForm key={JSON.stringify(status.limits)} limits={status.limits ?? {}} />
      <BlindPeers />
    </>
  )
}

const shown = (value: number | null | undefined, unit: number): string =>
  value ? String(value / unit) : '' // what is not there arrives as 0

function LimitsForm({ limits }: { limits: Limits }) {
  const app = useApp()
  const [down, setDown] = useState(shown(limits.down, MB))
  const [up, setUp] = useState(shown(limits.up, MB))
  const [concurrent, setConcurrent] = useState(shown(limits.concurrent, 1))
  const { problem, run } = useSaving()
  const rates = [down, up].map(readAmount)
  const count = readAmount(concurrent)
  const badRate = (rate: number | null | 'bad' | undefined) =>
    rate === 'bad' || (typeof rate === 'number' && rate < SLOWEST) ? copy.network.rateBad : null
  const badCount =
    count === 'bad' ||
    (count !== null && (!Number.isInteger(count) || count < 1 || count > MOST_AT_ONCE))
  const save = () => {
    if (rates.some(badRate) || badCount) return
    const [downRate, upRate] = rates.map((rate) =>
      typeof rate === 'number' ? Math.round(rate * MB) : null
    )
    const wish = { down: downRate ?? null, up: upRate ?? null, concurrent: count as number | null }
    run(() => app.session.call('setLimits', wish))
  }
  const fields = [
    ['down', down, setDown, badRate(rates[0])],
    ['up', up, setUp, badRate(rates[1])],
    ['concurrent', concurrent, setConcurrent, badCount ? copy.network.concurrentBad : null]
  ] as const
  return (
    <SubmitForm className='settings-part' onsubmit={save}>
      <h4>{copy.network.limits}</h4>
      <div className='settings-fields'>
        {fields.map(([name, value, onChange, wrong]) => (
          <Field
            key={name}
            label={copy.network[name]}
            value={value}
            onChange={onChange}
            inputMode='decimal'
            problem={wrong}
          />
        ))}
      </div>
      <p className='muted'>{copy.network.limitsHint}</p>
      {problem}
      <div>
        <Button type='submit'>{copy.settings.save}</Button>
      </div>
    </SubmitForm>
  )
}

function BlindPeers() {
  const app = useApp()
  const { value: peers } = useLive(blindPeersFeed(app.session))
  const [key, setKey] = useState('')
  const [problem, setProblem] = useState<string | null>(null)
  const use = async (keys: string[]) => {
    try {
      await app.session.call('setBlindPeers', { keys })
      setKey('')
      setProblem(null)
    } catch (error) {
      setProblem(explain(error))
    }
  }
  const keys = peers.map((peer) => peer.key)
  return (
    <section className='settings-part'>
      <h4>{copy.network.blindPeers}</h4>
      <p className='muted'>{copy.network.blindPeersHint}</p>
      {peers.length === 0 && <p>{copy.network.noBlindPeers}</p>}
      <ul className='gateways' aria-label={copy.network.blindPeersList} hidden={peers.length === 0}>
        {peers.map((peer) => (
          <BlindPeerLine
            key={peer.key}
            peer={peer}
            onremove={() => void use(keys.filter((other) => other !== peer.key))}
          />
        ))}
      </ul>
      <SubmitForm
        className='settings-line'
        onsubmit={() => {
          if (key.trim() !== '') void use([...keys, key.trim()])
        }}
      >
        <Field
          label={copy.network.blindPeerKey}
          value={key}
          onChange={(next) => {
            setKey(next)
            setProblem(null)
          }}
          problem={problem}
          mono
        />
        <Button type='submit'>{copy.network.addBlindPeer}</Button>
      </SubmitForm>
    </section>
  )
}

function BlindPeerLine({ peer, onremove }: { peer: BlindPeer; onremove: () => void }) {
  return (
    <li>
      <span className={peer.connected ? 'dot on' : 'dot'} />
      <span className='blind-peer'>
        <code>{peer.key}</code>
        <small className='muted'>
          {copy.network.blindPeer(peer.connected, peer.kept, peer.cores)}
        </small>
      </span>
      <Button aria-label={copy.network.removeBlindPeer(peer.key.slice(0, 8))} onPress={onremove}>
        {copy.gateways.remove}
      </Button>
    </li>
  )
}
