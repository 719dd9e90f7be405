/** Runs of `gateway-load.js`, each a process of its own. */
import { startEntry } from './gateway-scene.ts'

/** Asks again and again on so many connections. */
export async function rateOf(
  url: string,
  connections: number,
  ms: number
): Promise<{ rate: number; p99: number }> {
  const args = [url, 'rate', String(connections), String(ms)]
  return JSON.parse(await startEntry('./gateway-load.js', args).line()) as {
    rate: number
    p99: number
  }
}

/** Each client takes the whole once. @returns ms until all have it, and how many do */
export async function wholeOf(
  url: string,
  clients: number
): Promise<{ ms: number; complete: number }> {
  const args = [url, 'whole', String(clients)]
  return JSON.parse(await startEntry('./gateway-load.js', args).line()) as {
    ms: number
    complete: number
  }
}
