/** What we use of brittle 4, which ships no types. */
declare module 'brittle' {
  export interface TestOptions {
    /** milliseconds, 30000 unless told */
    timeout?: number
    solo?: boolean
    skip?: boolean
    todo?: boolean
    stealth?: boolean
  }

  type Expected = RegExp | (abstract new (...args: never[]) => Error) | Error

  interface Equality {
    (actual: unknown, expected: unknown, message?: string): void
    coercively(actual: unknown, expected: unknown, message?: string): void
  }

  interface Thrown {
    (run: () => unknown, message?: string): Promise<void>
    (run: () => unknown, expected: Expected, message?: string): Promise<void>
    (promise: Promise<unknown>, message?: string): Promise<void>
    (promise: Promise<unknown>, expected: Expected, message?: string): Promise<void>
  }

  export interface Assert {
    plan(count: number): void
    end(): void
    timeout(ms: number): void
    teardown(run: () => unknown, options?: { order?: number; force?: boolean }): void
    comment(...values: unknown[]): void
    /** A directory of this test's own, removed when it ends. */
    tmp(): Promise<string>

    pass(message?: string): void
    fail(message?: string): void
    ok(value: unknown, message?: string): void
    absent(value: unknown, message?: string): void
    is: Equality
    not: Equality
    alike: Equality
    unlike: Equality
    exception: Thrown & { all: Thrown }
    execution(run: (() => unknown) | Promise<unknown>, message?: string): Promise<void>

    test: Test
    stealth: Test
  }

  /** Without a callback a test is an assert that can be awaited. */
  export type InvertedTest = Assert & PromiseLike<boolean>

  interface Test {
    (name: string, run: (t: Assert) => unknown): Promise<boolean>
    (name: string, options: TestOptions, run: (t: Assert) => unknown): Promise<boolean>
    (name: string, options?: TestOptions): InvertedTest
  }

  export const solo: Test
  export const skip: Test
  export const todo: Test
  export const test: Test & { solo: Test; skip: Test; todo: Test }
  export default test

  export function hook(
    name: string,
    run?: (t: Assert) => unknown
  ): (name: string, run?: (t: Assert) => unknown) => Promise<boolean>
  export function configure(options: { timeout?: number; bail?: boolean; solo?: boolean }): void
}
