/** The two frames by which a bulk lane comes about; lane.ts says what it is. */
import b4a from 'b4a'
import c from 'compact-encoding'
import type { LaneOffer } from '../lane.ts'
import { layout, uint } from './fields.ts'

/** Asks for a lane: an offer or an error is the answer; an older version gives none. */
export interface LaneMessage {
  id: number
}

export interface OfferMessage extends LaneOffer {
  id: number
}

export const lane = layout<LaneMessage>(
  (field, message) => field(uint, message.id),
  (state) => ({ id: uint.decode(state) })
)

export const offer = layout<OfferMessage>(
  (field, message) => {
    field(uint, message.id)
    field(uint, message.port)
    field(c.fixed32, message.token)
  },
  (state) => ({
    id: uint.decode(state),
    port: uint.decode(state),
    token: b4a.from(c.fixed32.decode(state))
  })
)
