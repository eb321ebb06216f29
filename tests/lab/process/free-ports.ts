import { createServer, type AddressInfo, type Server } from 'node:net'

/**
 * Asks the kernel for ports of 127.0.0.1 that nobody holds. All are held until the last is known, so no two are equal.
 * Between this answer and the listener's bind another program may take one: then the lab fails to start and says so.
 */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, listenAnywhere))
  const ports = servers.map(server => (server.address() as AddressInfo).port)
  await Promise.all(servers.map(server => new Promise(resolve => server.close(resolve))))
  return ports
}

function listenAnywhere(): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve(server))
  })
}
