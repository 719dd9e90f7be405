import process from 'bare-process'

/** Seconds since some moment, which go on evenly whatever the clock is set to. */
export const steadySeconds = (): number => Number(process.hrtime.bigint() / 1_000_000_000n)
