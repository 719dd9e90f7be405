/**
 * Our version, the same as package.json's (test/release/config.test.ts holds them
 * together): in the code, because what is packed into one file has no package.json.
 */
export const VERSION = '0.1.0'
