/** Binds the calls about blind peers. */
import b4a from 'b4a'
import * as ids from 'hypercore-id-encoding'

import { HypertunaError } from '../protocol/errors.ts'
import type { RpcHandlers } from '../protocol/rpc/server.ts'
import { BLIND_PEERS } from './config-fields.ts'
import { follow } from './follow.ts'
import type { Worker } from './worker.ts'

type BlindPeerCalls = Pick<RpcHandlers, 'blindPeers' | 'setBlindPeers'>

const GATHER = 200
/** No event tells how far a blind peer has come: it is looked at so often, in ms. */
const LOOK = 2000

export function blindPeerCalls(worker: Worker): BlindPeerCalls {
  return {
    blindPeers(_request, subscription) {
      const { blindPeers } = worker.use().network
      const tick = setInterval(() => blindPeers.emit('change'), LOOK)
      subscription.signal.addEventListener('abort', () => clearInterval(tick))
      let last = ''
      follow(subscription, [[blindPeers, 'change']], GATHER, () => {
        const view = { peers: blindPeers.status() }
        const text = JSON.stringify(view)
        if (text === last) return null
        last = text
        return view
      })
    },
    async setBlindPeers({ keys }) {
      const { config, network } = worker.use()
      const decoded = [...new Set(keys.map(decodeKey))]
      if (decoded.length > BLIND_PEERS) {
        throw new HypertunaError('BAD_REQUEST', `At most ${BLIND_PEERS} blind peers can be used`)
      }
      await config.update({ blindPeers: decoded })
      await network.blindPeers.use(decoded)
      return {}
    }
  }
}

/** As blind peers print their keys (z-base-32), or as hex; 64 hex. */
function decodeKey(text: string): string {
  try {
    return b4a.toString(ids.decode(text.trim()), 'hex')
  } catch (err) {
    throw new HypertunaError('BAD_REQUEST', 'That is no blind peer’s key', { cause: err })
  }
}
