/** How often who is asked what, and how long an answer counts. */
export interface Pace {
  /** A holder that passed is asked again after this many ms. */
  reprove: number
  /** One that failed, or gave no verdict, after this many. */
  retry: number
  /** How often we look for what is to be asked, in ms. */
  look: number
  /** How long a holder has for an answer, in ms. */
  patience: number
  /** Questions to one holder: at once, and each second. */
  eachHolder: { burst: number; perSecond: number }
  /** Questions to all of them. */
  all: { burst: number; perSecond: number }
  /** Bytes fetched for proofs of files that are not here. */
  bytes: { burst: number; perSecond: number }
  /** A holder that is online and was not proved for so many seconds counts no more. */
  fresh: number
  /** One that is away counts for so many seconds. */
  lasting: number
  /** What is known is written down so often at most, in ms. */
  save: number
}

const HOUR = 3_600_000

export const PACE: Pace = {
  reprove: HOUR,
  retry: 120_000,
  look: 5000,
  patience: 30_000,
  eachHolder: { burst: 64, perSecond: 5 },
  all: { burst: 256, perSecond: 20 },
  bytes: { burst: 2 * 1024 * 1024, perSecond: 64 * 1024 },
  fresh: 24 * 3600,
  lasting: 14 * 24 * 3600,
  save: 60_000
}
