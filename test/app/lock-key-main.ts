/** Locks the key of a member that runs, as its settings do. Arguments: storage, passphrase. */
import process from 'bare-process'
import { openFace } from '../../app/face.ts'

const [storage = '', next = ''] = process.argv.slice(2)
const face = await openFace(storage)
await face.first('status', {}, ({ state }) => state === 'ready')
await face.call('setPassphrase', { next })
await face.close()
process.stdout.write('locked\n')
