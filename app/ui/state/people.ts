import { createContext, useContext, useMemo } from 'react'
import type { Member } from '../../../protocol/rpc/generated/types.ts'
import { personName } from '../parts/names.tsx'
import { useLive } from '../session/store.ts'
import { useApp, useStatus } from './app.ts'
import { membersFeed } from './feeds.ts'

export interface People {
  members: Member[]
  loaded: boolean
  /** This member's own pubkey, once the worker said it */
  self: string | null
  /** `given`: the name that came with what they did, for who is no member any more */
  nameOf(pubkey: string, given?: string | null): string
}

export const PeopleContext = createContext<People | null>(null)

/** What to call people in the group that is shown around this. */
export function useNames(): People['nameOf'] {
  return useContext(PeopleContext)?.nameOf ?? personName
}

/** Our own pubkey, once it is known. */
export function useSelf(): string | null {
  return useContext(PeopleContext)?.self ?? null
}

/** The members of a relay, and what to call anyone in it. */
export function usePeople(relayKey: string): People {
  const app = useApp()
  const { value: members, loaded } = useLive(membersFeed(app.session, relayKey))
  const self = useStatus().value?.pubkey ?? null
  const ownName = useLive(app.config)?.displayName ?? null
  return useMemo(() => {
    const names = new Map(members.map(({ pubkey, name }) => [pubkey, name]))
    if (self !== null && ownName) names.set(self, ownName)
    return {
      members,
      loaded,
      self,
      nameOf: (pubkey: string, given: string | null = null) =>
        personName(pubkey, names.get(pubkey) ?? given)
    }
  }, [members, loaded, self, ownName])
}
