/**
 * The proxy that the environment names for a server, as kubectl understands it: `HTTPS_PROXY` or `HTTP_PROXY` by the server's scheme,
 * unless the host is local or in `NO_PROXY`. https://pkg.go.dev/golang.org/x/net/http/httpproxy#Config
 */
export function environmentProxy(server: string, environment: Readonly<Record<string, string | undefined>>): string | undefined {
  if (!URL.canParse(server)) return undefined
  const { protocol, hostname, port } = new URL(server)
  const name = protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY'
  const proxy = environment[name] || environment[name.toLowerCase()]
  if (proxy === undefined || proxy === '') return undefined
  if (isLocal(hostname) || isExcepted(hostname, port, environment['NO_PROXY'] || environment['no_proxy'] || '')) return undefined
  return proxy.includes('://') ? proxy : `http://${proxy}`
}

const isLocal = (host: string) => host === 'localhost' || host === '[::1]' || /^127(\.\d+){3}$/.test(host)

function isExcepted(host: string, port: string, exceptions: string): boolean {
  return exceptions
    .split(',')
    .map(entry => entry.trim().toLowerCase())
    .filter(entry => entry !== '')
    .some(entry => {
      if (entry === '*') return true
      if (entry.includes('/')) return inNetwork(host, entry)
      const [name = '', onlyPort] = entry.split(':')
      if (onlyPort !== undefined && onlyPort !== port) return false
      const domain = name.replace(/^\*?\./, '')
      return host.endsWith(`.${domain}`) || (host === domain && domain === name)
    })
}

/** IPv4 networks only; Go's rules know IPv6 ones too, which no EKS endpoint needs a proxy exception for by address. */
function inNetwork(host: string, network: string): boolean {
  const [base = '', bits = ''] = network.split('/')
  const [address, start] = [ipv4(host), ipv4(base)]
  const size = Number(bits)
  if (address === undefined || start === undefined || !Number.isInteger(size) || size < 0 || size > 32) return false
  const block = 2 ** (32 - size)
  return Math.floor(address / block) === Math.floor(start / block)
}

function ipv4(text: string): number | undefined {
  if (!/^\d+(\.\d+){3}$/.test(text)) return undefined
  return text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
}
