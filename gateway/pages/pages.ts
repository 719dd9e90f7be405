import 'bare-abort-controller/global'
import type { HTTPServerResponse } from 'bare-http1'
import { parseDriveUrl } from '../../protocol/drive-url.ts'
import { HypertunaError } from '../../protocol/errors.ts'
import type { RelayDescription } from '../../protocol/relay-information.ts'
import { sendAnswer, statusOf } from '../answers.ts'
import { Memo } from '../memo.ts'
import { describeRelay, listFiles, type PublishedFile } from '../relay-description.ts'
import type { RelayPeers } from '../relay-peers.ts'
import type { GatewayRequest, Route, RouteParts } from '../routes.ts'
import { makeFilePage } from './file-page.ts'
import { makeGroupPage } from './group-page.ts'
import { makeErrorPage, type Page } from './layout.ts'

/** Events that one page is made of. */
const EVENTS = 60
const LIFE = 10_000
const PREFIX = '/view/'

interface Listing {
  files: PublishedFile[]
  next: number | null
}

/** Pages of public groups and of their files, for people. */
export class Pages {
  readonly #parts: RouteParts
  readonly #descriptions = new Memo<RelayDescription>({ most: 256, life: LIFE })
  readonly #listings = new Memo<Listing>({ most: 64, life: LIFE })

  constructor(parts: RouteParts) {
    this.#parts = parts
  }

  /** `GET /:publicIdentifier`, for whoever wants HTML. `?until=<seconds>` for older files. */
  async serveGroup(
    request: GatewayRequest,
    relay: RelayPeers,
    res: HTTPServerResponse
  ): Promise<void> {
    await this.#send(request, res, async () => {
      await this.#checkPublic(relay, request)
      const [, text] = /[?&]until=(\d{1,12})(?:&|$)/.exec(request.url) ?? []
      const until = text === undefined ? null : Number(text)
      const { publicIdentifier } = relay
      const description = await this.describe(relay)
      const { files: all, next } = await this.#list(relay, until)
      const files = all.filter(({ record }) => this.#isServed(publicIdentifier, record.hash))
      const isOlder = until !== null
      return makeGroupPage({ publicIdentifier, description, files, next, isOlder })
    })
  }

  /** `GET /view/:publicIdentifier/:file`: a page about one file. */
  route(): Route {
    return {
      name: 'view',
      methods: ['GET', 'HEAD'],
      matches: (path) => path.startsWith(PREFIX),
      serve: (request, res) => this.#send(request, res, () => this.#makeFile(request))
    }
  }

  /** What a public group says of itself. Throws as `queryRelay`. */
  describe(relay: RelayPeers): Promise<RelayDescription> {
    return this.#descriptions.get(relay.publicIdentifier, () =>
      this.#using(relay, (signal) => describeRelay(relay, { limits: this.#parts.limits, signal }))
    )
  }

  #list(relay: RelayPeers, until: number | null): Promise<Listing> {
    const { limits } = this.#parts
    return this.#listings.get(`${relay.publicIdentifier} ${until}`, () =>
      this.#using(relay, (signal) => listFiles(relay, { limits, signal, until, events: EVENTS }))
    )
  }

  /** Asked for all who wait: it does not end with the first client that goes. */
  async #using<T>(relay: RelayPeers, ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { peers, limits } = this.#parts
    peers.use(relay.publicIdentifier)
    const controller = new AbortController()
    const late = (): void =>
      controller.abort(new HypertunaError('TIMEOUT', 'No member answered in time'))
    const timer = setTimeout(late, limits.look + limits.ask)
    try {
      return await ask(controller.signal)
    } finally {
      clearTimeout(timer)
      peers.release(relay)
    }
  }

  async #makeFile({ url, signal }: GatewayRequest): Promise<Page> {
    const { rules, files, peers } = this.#parts
    const path = `/drive/${url.slice(PREFIX.length).replace(/\?.*$/s, '')}`
    const { publicIdentifier, hash } = parseDriveUrl(path)
    rules.check(publicIdentifier, hash)
    const relay = peers.use(publicIdentifier)
    try {
      const file = await files.open(publicIdentifier, hash, { authorize: hidden, signal })
      file.close()
      const { name } = await this.describe(relay)
      return makeFilePage({ publicIdentifier, name, record: file.record })
    } finally {
      peers.release(relay)
    }
  }

  /** Of what the operator does not let be served nothing is told either. */
  #isServed(publicIdentifier: string, hash: string): boolean {
    try {
      this.#parts.rules.check(publicIdentifier, hash)
      return true
    } catch {
      return false // which rule it is, the file's own address says
    }
  }

  async #checkPublic(relay: RelayPeers, { signal }: GatewayRequest): Promise<void> {
    await relay.proven(signal)
    if (relay.membership.isPrivate) hidden()
  }

  async #send(
    { onbegun, signal, method }: GatewayRequest,
    res: HTTPServerResponse,
    make: () => Promise<Page>
  ): Promise<void> {
    let page: Page
    try {
      page = await make()
    } catch (err) {
      const error = HypertunaError.from(err)
      if (error.code === 'CANCELLED' || signal.aborted) throw error
      const status = statusOf(error)
      if (status === 500) throw error // the log says why
      page = makeErrorPage(status, error.message)
      if (status >= 502) page.headers['Retry-After'] = '10'
    }
    onbegun()
    sendAnswer(res, method === 'HEAD' ? { ...page, body: '' } : page)
  }
}

/** Nothing of a private group is shown, not even its name. */
function hidden(): never {
  throw new HypertunaError('FORBIDDEN', 'This group is private: its files are for its members')
}
