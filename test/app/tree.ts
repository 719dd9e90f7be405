/** What a screen reader is told of a page, and what of it is wrong. */
import type { Page } from 'playwright-core'

interface Node {
  nodeId: string
  parentId?: string
  childIds?: string[]
  ignored: boolean
  role?: { value: string }
  name?: { value: string }
  properties?: { name: string; value: { value?: unknown } }[]
}

/** What can be pressed, filled in or gone to has to be called something. */
const NAMED = new Set(
  `button link textbox searchbox checkbox radio tab menuitem menu combobox listbox option switch
  slider spinbutton grid row dialog alertdialog radiogroup tablist tabpanel navigation complementary
  log image img progressbar region`.split(/\s+/)
)

/**
 * Whatever in the tree has no name and needs one, headings that skip a level or are missing, and
 * live regions inside of live regions. Empty when nothing is wrong.
 */
export async function treeFaults(page: Page): Promise<string[]> {
  const devtools = await page.context().newCDPSession(page)
  const { nodes } = (await devtools.send('Accessibility.getFullAXTree')) as { nodes: Node[] }
  await devtools.detach()
  const told = inOrder(nodes).filter(({ ignored, role }) => !ignored && role !== undefined)
  const nameless = told.filter(
    ({ role, name }) => NAMED.has(role?.value ?? '') && (name?.value ?? '').trim() === ''
  )
  const levels = told
    .filter(({ role }) => role?.value === 'heading')
    .map(({ properties }) => Number(property(properties, 'level')))
  const steps = levels.flatMap((level, i) => {
    const before = i === 0 ? 0 : (levels[i - 1] ?? 0)
    const fine = i === 0 ? level <= 2 : level <= before + 1
    return fine ? [] : [`a heading of level ${level} after one of ${before}`]
  })
  const none = levels.length === 0 ? ['no heading'] : []
  const names = nameless.map(({ role }) => `a nameless ${role?.value}`)
  return [...names, ...steps, ...none, ...toldTwice(nodes)]
}

/** As they are read out: the browser gives them level by level. */
function inOrder(nodes: readonly Node[]): Node[] {
  const byId = new Map(nodes.map((node) => [node.nodeId, node]))
  const from = (node: Node): Node[] => [
    node,
    ...(node.childIds ?? []).flatMap((id) => {
      const child = byId.get(id)
      return child === undefined ? [] : from(child)
    })
  ]
  return nodes.filter(({ parentId }) => parentId === undefined).flatMap(from)
}

/** Live regions inside of live regions: what comes to the inner one is read out by both. */
function toldTwice(nodes: readonly Node[]): string[] {
  const byId = new Map(nodes.map((node) => [node.nodeId, node]))
  const above = ({ parentId }: Node): Node | undefined => byId.get(parentId ?? '')
  return nodes.flatMap((node) => {
    if (!isLive(node)) return []
    for (let outer = above(node); outer !== undefined; outer = above(outer)) {
      if (isLive(outer)) return [`a ${node.role?.value} told by a ${outer.role?.value} around it`]
    }
    return []
  })
}

function isLive({ ignored, properties }: Node): boolean {
  const live = property(properties, 'live')
  return !ignored && (live === 'polite' || live === 'assertive')
}

function property(properties: Node['properties'], name: string): unknown {
  return properties?.find((one) => one.name === name)?.value.value
}

/** In the page: `window.heard` becomes what its polite and urgent regions say, one after the other. */
export const LISTEN = `{
  window.heard = []
  const LIVE = '[role=status], [role=alert], [role=log], [aria-live]'
  const say = (region, words) => {
    if (region.getAttribute('aria-live') === 'off' || words.trim() === '') return
    window.heard.push(words.trim())
  }
  new MutationObserver((changes) => {
    for (const { target, addedNodes, type } of changes) {
      const near = target.nodeType === 1 ? target : target.parentElement
      const region = near?.closest(LIVE)
      if (!region) continue
      if (type === 'characterData') say(region, target.data)
      for (const node of addedNodes) say(region, node.textContent)
    }
  }).observe(document.body, { subtree: true, childList: true, characterData: true })
}`
