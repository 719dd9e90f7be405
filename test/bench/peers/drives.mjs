/**
 * What the gateway is measured beside: hypercore-blob-server and serve-drive, each as its own
 * documentation sets it up, on Bare as the gateway is, with one file in a Hyperdrive.
 *
 *   drives.mjs FOLDER BYTES    prints the file's address at each as JSON, and serves
 */
import BlobServer from 'hypercore-blob-server'
import Corestore from 'corestore'
import Hyperdrive from 'hyperdrive'
import ServeDrive from 'serve-drive'

const [folder, bytes] = Bare.argv.slice(-2)
const store = new Corestore(folder)
const drive = new Hyperdrive(store)
await drive.put('/file', Buffer.alloc(Number(bytes), 1))

const blobs = new BlobServer(store.session(), { port: 0, token: false })
await blobs.listen()
const files = new ServeDrive({ port: 0, get: () => drive })
await files.ready()
const entry = await drive.entry('/file')
const { core } = await drive.getBlobs()
const blobServer = blobs.getLink(core.key, { blob: entry.value.blob, type: 'text/plain' })
console.log(JSON.stringify({ blobServer, serveDrive: files.getLink('/file') }))
