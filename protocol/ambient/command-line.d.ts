declare module 'paparam' {
  /** What a command line got wrong. */
  export interface Bail {
    reason: string
    flag: { name: string } | null
    arg: { value: string } | null
    value?: string
    err?: Error
  }
  export interface Modifier {
    multiple(): Modifier
  }
  export interface Command {
    readonly name: string
    readonly flags: Record<string, string | boolean | undefined>
    readonly args: Record<string, string | undefined>
    readonly rest: Record<string, string[]> | string[] | null
    parse(argv: string[], options: { run: boolean; silent?: boolean }): Command | null
    help(...names: string[]): string
  }
  export function command(name: string, ...parts: unknown[]): Command
  export function summary(text: string): unknown
  export function description(text: string): unknown
  export function header(text: string): unknown
  export function footer(text: string): unknown
  export function flag(spec: string, description: string): Modifier
  export function arg(spec: string, description: string): unknown
  export function rest(spec: string, description: string): unknown
  export function bail(handle: (bail: Bail) => void): unknown
}
