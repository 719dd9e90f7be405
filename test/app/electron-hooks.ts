/** Node's module hooks: whoever imports Electron gets the stand-in, one and the same. */
interface Resolved {
  url: string
  shortCircuit?: boolean
}

const standIn = new URL('./electron-stand-in.js', import.meta.url).href

export async function resolve(
  specifier: string,
  context: unknown,
  next: (specifier: string, context: unknown) => Promise<Resolved>
): Promise<Resolved> {
  if (specifier === 'electron') return { url: standIn, shortCircuit: true }
  return next(specifier, context)
}
