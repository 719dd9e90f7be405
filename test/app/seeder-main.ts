/**
 * Stands for `pear stage` and `pear seed`: prints the drive's key, stages each folder
 * that a line of standard input names, and ends with it. Arguments: storage, host:port.
 */
import b4a from 'b4a'
import process from 'bare-process'
import Corestore from 'corestore'
import Hyperdrive from 'hyperdrive'
import Hyperswarm from 'hyperswarm'
import Localdrive from 'localdrive'

const [storage = '', bootstrap = ''] = process.argv.slice(2)
const [host = '', port = ''] = bootstrap.split(':')
const store = new Corestore(storage)
const drive = new Hyperdrive(store)
await drive.ready()
const swarm = new Hyperswarm({ bootstrap: [{ host, port: Number(port) }] })
swarm.on('connection', (connection) => store.replicate(connection))
await swarm.join(drive.discoveryKey, { client: false, server: true }).flushed()
process.stdout.write(b4a.toString(drive.key, 'hex') + '\n')

process.stdin.on('data', (line: unknown) => void stage(String(line).trim()))
// By `end`: a pipe that a program gave us stays open to be written, and is not closed.
process.stdin.on('end', () => void swarm.destroy().then(() => store.close()))

async function stage(folder: string): Promise<void> {
  // In one batch: a follower must not see the new version with the old app.
  await new Localdrive(folder).mirror(drive, { batch: true }).done()
  process.stdout.write('staged\n')
}
