/**
 * The first module of the worker's thread; its first argument is what to run there.
 *
 * bare-worker reads all that an entry imports by name, native code too, before it starts the
 * thread, and gives it a copy. That took longer than the rest of the start, and 36 MB; what is
 * named while it runs is read by the thread itself.
 */
const [, , entry = ''] = Bare.argv
Bare.argv.splice(2, 1)
await import(entry)
