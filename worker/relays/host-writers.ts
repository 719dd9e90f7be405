/** Which writers Autobase takes nodes of: it follows who is a member, and who signs. */
import b4a from 'b4a'

import type { Step } from './apply.ts'
import { settleIndexers } from './indexer-effects.ts'
import { readIndexers } from './indexers.ts'
import { writerKey } from './keys.ts'
import { readMember, readWriterFacts } from './state.ts'
import type { WriterFacts } from './state.ts'

/** Who signs, after each change of who may; who had to stay in because it signed alone may go. */
export async function settleSigners(step: Step): Promise<void> {
  await settleIndexers(step)
  const { ever } = await readIndexers(step.batch, step.carrier.relayKey)
  for (const writer of ever) await settleHost(writer, null, step)
}

/** Tells Autobase whether a writer is in. @param before what it was told, when the state forgot */
export async function settleHost(
  writer: string,
  before: WriterFacts | null,
  step: Step
): Promise<void> {
  const { batch, host } = step
  const key = b4a.from(writer, 'hex')
  const facts = await readWriterFacts(batch, writer)
  if (facts === null) {
    if (before?.out === false && host.removeable(key)) await host.removeWriter(key)
    return
  }
  const isNone = facts.cut !== null || facts.left === true
  const out = isNone || (await readMember(batch, facts.pubkey)) === null
  if (out === facts.out) return
  if (out && !host.removeable(key)) return // Autobase needs one indexer; the policy refuses its nodes
  if (out) await host.removeWriter(key)
  else await host.addWriter(key, { indexer: false })
  await batch.put(writerKey(writer), { ...facts, out })
}
