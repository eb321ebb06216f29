import { connect, createServer, type Server } from 'node:net'

/**
 * Makes a port of loopback reachable for the node and its pods, at the machine's end of their cable. Nothing else of the
 * machine can be reached there.
 */
export async function forward(address: string, port: number): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, from => {
    const to = connect({ host: '127.0.0.1', port, allowHalfOpen: true })
    from.pipe(to).pipe(from)
    // One end gone is the other end's end, whatever the reason.
    from.once('error', () => to.destroy()).once('close', () => to.destroy())
    to.once('error', () => from.destroy()).once('close', () => from.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, address, resolve)
  })
  return server
}
