import { HypertunaError } from '../../protocol/errors.ts'
import { CALLS, type CallName } from '../../protocol/rpc/generated/types.ts'
import type { RpcHandlers } from '../../protocol/rpc/server.ts'

/** Handlers of which only `own` do something: the others refuse. */
export function handlersWith(own: Partial<RpcHandlers>): RpcHandlers {
  const refuse = async (): Promise<never> => {
    throw new HypertunaError('UNSUPPORTED', 'Not in this test')
  }
  const all: Partial<Record<CallName, unknown>> = {}
  for (const name of Object.keys(CALLS) as CallName[]) all[name] = refuse
  return { ...all, ...own } as RpcHandlers
}
