import process from 'bare-process'
import type { Block } from './fetch-range.ts'

/** What is read when somebody asks for the metrics. */
export interface Gauges {
  connections: () => number
  requests: () => number
  relays: () => number
  peers: () => number
  cacheBytes: () => number
  cacheObjects: () => number
  cacheLimit: () => number
  sockets: () => number
}

const FAMILIES = {
  requests_total: ['counter', 'Answers by route, method and status'],
  request_seconds: ['histogram', 'From a request to the end of its answer, by route'],
  sent_bytes_total: ['counter', 'Bytes of files that were sent to clients'],
  fetched_bytes_total: ['counter', 'Bytes of files that came from members'],
  cache_hit_bytes_total: ['counter', 'Bytes of files that were read from the cache'],
  failures_total: ['counter', 'Refused or reset requests by cause'],
  resets_total: ['counter', 'Answers that were cut off, so that none looks whole'],
  refused_total: ['counter', 'Connections and requests beyond the limits, by limit'],
  members_replaced_total: ['counter', 'Members that another one took over from, by cause'],
  hedges_total: ['counter', 'Members asked as well because another one was late'],
  connections: ['gauge', 'HTTP connections'],
  requests: ['gauge', 'Requests in hand'],
  sockets: ['gauge', 'Clients of Nostr that are connected'],
  relays: ['gauge', 'Relays whose topic is joined'],
  peers: ['gauge', 'Connections to members'],
  cache_bytes: ['gauge', 'Bytes in the cache'],
  cache_objects: ['gauge', 'Files in the cache, whole or in part'],
  cache_limit_bytes: ['gauge', 'Bytes the cache may have'],
  event_loop_lag_seconds: ['gauge', 'The longest delay of a timer in the last fifteen seconds'],
  resident_memory_bytes: ['gauge', 'Memory of the process'],
  start_time_seconds: ['gauge', 'When the process started, in Unix time']
} as const

type Family = keyof typeof FAMILIES

const BUCKETS = [0.005, 0.025, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60]
const TICK = 500
const WINDOW = 30
const MAX_SERIES = 2048

/** Counts what the gateway does, and says it in the text format of Prometheus. */
export class Metrics {
  readonly #series = new Map<Family, Map<string, number>>()
  readonly #histograms = new Map<string, { buckets: number[]; sum: number; count: number }>()
  readonly #lags: number[] = []
  readonly #started = Date.now() / 1000
  #gauges: Gauges | null = null
  #timer: NodeJS.Timeout | null = null
  #seriesCount = 0

  /** Begins to watch the event loop. */
  start(gauges: Gauges): void {
    this.#gauges = gauges
    let due = Date.now() + TICK
    this.#timer = setInterval(() => {
      this.#lags.push(Math.max(0, Date.now() - due) / 1000)
      if (this.#lags.length > WINDOW) this.#lags.shift()
      due = Date.now() + TICK
    }, TICK)
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
  }

  /** An answer has ended. @param ms - since the request came */
  answered(route: string, method: string, status: number, ms: number): void {
    this.#add('requests_total', `route="${route}",method="${method}",status="${status}"`, 1)
    const known = this.#histograms.get(route)
    const histogram = known ?? { buckets: BUCKETS.map(() => 0), sum: 0, count: 0 }
    if (known === undefined) this.#histograms.set(route, histogram)
    for (const [i, most] of BUCKETS.entries()) if (ms / 1000 <= most) histogram.buckets[i]!++
    histogram.sum += ms / 1000
    histogram.count++
  }

  sent(bytes: number): void {
    this.#add('sent_bytes_total', '', bytes)
  }

  hit(bytes: number): void {
    this.#add('cache_hit_bytes_total', '', bytes)
  }

  fetched(piece: Block): void {
    let bytes = 0
    for (const { byteLength } of piece) bytes += byteLength
    this.#add('fetched_bytes_total', '', bytes)
  }

  /** @param begun - whether part of the answer was out already */
  failed(code: string, begun: boolean): void {
    this.#add('failures_total', `cause="${code}"`, 1)
    if (begun) this.#add('resets_total', '', 1)
  }

  refused(limit: 'connections' | 'per-address' | 'rate' | 'requests' | 'sockets'): void {
    this.#add('refused_total', `limit="${limit}"`, 1)
  }

  replaced(code: string): void {
    this.#add('members_replaced_total', `cause="${code}"`, 1)
  }

  hedged(): void {
    this.#add('hedges_total', '', 1)
  }

  /** All of it, `text/plain; version=0.0.4`. */
  text(): string {
    const lines: string[] = []
    for (const [family, [type, help]] of Object.entries(FAMILIES)) {
      const name = `hypertuna_gateway_${family}`
      lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`)
      if (type === 'histogram') lines.push(...this.#histogramLines(name))
      else if (type === 'gauge') lines.push(`${name} ${this.#gauge(family as Family)}`)
      else lines.push(...this.#counterLines(name, family as Family))
    }
    return `${lines.join('\n')}\n`
  }

  #counterLines(name: string, family: Family): string[] {
    const series = [...(this.#series.get(family) ?? new Map([['', 0]]))]
    return series.map(([labels, value]) => `${name}${labels === '' ? '' : `{${labels}}`} ${value}`)
  }

  #histogramLines(name: string): string[] {
    return [...this.#histograms].flatMap(([route, { buckets, sum, count }]) => [
      ...buckets.map((n, i) => `${name}_bucket{route="${route}",le="${BUCKETS[i]}"} ${n}`),
      `${name}_bucket{route="${route}",le="+Inf"} ${count}`,
      `${name}_sum{route="${route}"} ${sum}`,
      `${name}_count{route="${route}"} ${count}`
    ])
  }

  #gauge(family: Family): number {
    const gauges = this.#gauges
    switch (family) {
      case 'connections':
        return gauges?.connections() ?? 0
      case 'requests':
        return gauges?.requests() ?? 0
      case 'sockets':
        return gauges?.sockets() ?? 0
      case 'relays':
        return gauges?.relays() ?? 0
      case 'peers':
        return gauges?.peers() ?? 0
      case 'cache_bytes':
        return gauges?.cacheBytes() ?? 0
      case 'cache_objects':
        return gauges?.cacheObjects() ?? 0
      case 'cache_limit_bytes':
        return gauges?.cacheLimit() ?? 0
      case 'event_loop_lag_seconds':
        return Math.max(0, ...this.#lags)
      case 'resident_memory_bytes':
        return process.memoryUsage().rss
      case 'start_time_seconds':
        return this.#started
      default:
        return 0
    }
  }

  #add(family: Family, labels: string, amount: number): void {
    let series = this.#series.get(family)
    if (series === undefined) this.#series.set(family, (series = new Map()))
    const value = series.get(labels)
    if (value === undefined && ++this.#seriesCount > MAX_SERIES) return
    series.set(labels, (value ?? 0) + amount)
  }
}
