/**
 * What bare-http1 can do alone: `/empty` answers with nothing, `/file` sends a file.
 *
 * Usage: `gateway-bare.js <file>`. Prints its URL.
 */
import fs from 'bare-fs'
import http from 'bare-http1'
import process from 'bare-process'

const [path = ''] = process.argv.slice(2)
const { size } = fs.statSync(path)
const server = http.createServer({ noDelay: true }, (req, res) => {
  if (req.url !== '/file') return void res.end()
  res.writeHead(200, { 'Content-Length': String(size) })
  fs.createReadStream(path).pipe(res)
})
server.listen(0, '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address()?.port}`)
})
