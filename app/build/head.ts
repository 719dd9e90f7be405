/** The first line of a program that was put into one file. */
export const HEAD = '// One file, made of many'

/**
 * What it imports of node_modules, for a place one folder higher up: what is deployed
 * lies beside node_modules, and not in dist/.
 */
export function oneHigher(text: string): string {
  if (!text.startsWith(HEAD)) return text
  return text.replaceAll(
    /^(import \S+ from ")\.\.\/((?:\.\.\/)*)node_modules\//gm,
    (_, before: string, higher: string) => `${before}${higher || './'}node_modules/`
  )
}
