import type { NumberedPort, WrittenPort } from './document.ts'
import type { PodRecord } from './pod-record.ts'
import type { ServicePort, ServiceRecord } from './service-record.ts'

/** The ports of a Service's address that a rule for its pods opens, or why that cannot be said. */
export type OpenedPorts = { readonly ports: readonly NumberedPort[] | undefined } | { readonly ambiguous: string }

/** Pods are listed once for a compilation and never changed, so what is found of a list may be kept with it. */
const backendsKnown = new WeakMap<readonly PodRecord[], Map<ServiceRecord, readonly PodRecord[]>>()
const portsKnown = new WeakMap<readonly PodRecord[], Map<string, OpenedPorts | undefined>>()

/** Of the pods of its namespace, those that a Service selects. */
export function backendsOf(service: ServiceRecord, pods: readonly PodRecord[]): readonly PodRecord[] {
  let byService = backendsKnown.get(pods)
  if (byService === undefined) backendsKnown.set(pods, (byService = new Map()))
  const known = byService.get(service)
  if (known !== undefined) return known
  const wanted = Object.entries(service.selector)
  const found = pods.filter(pod => wanted.every(([key, value]) => pod.labels[key] === value))
  byService.set(service, found)
  return found
}

/**
 * AWS's controller translates the ports of an egress rule to ports of the Service, because its agent sees packets before their address is
 * translated. `endPort` is copied beside the Service's port. Undefined: no port of the Service fits, and its address stays closed.
 * https://github.com/aws/amazon-network-policy-controller-k8s/blob/main/pkg/resolvers/endpoints.go getMatchingServiceClusterIPs
 */
export function openedPorts(
  service: ServiceRecord,
  ports: readonly WrittenPort[] | undefined,
  pods: readonly PodRecord[],
): OpenedPorts | undefined {
  if (ports === undefined) return { ports: undefined }
  const backends = backendsOf(service, pods)
  let byPorts = portsKnown.get(backends)
  if (byPorts === undefined) portsKnown.set(backends, (byPorts = new Map()))
  const key = textOf(ports)
  if (!byPorts.has(key)) byPorts.set(key, translated(service, ports, backends))
  return byPorts.get(key)
}

const texts = new WeakMap<readonly WrittenPort[], string>()

/** A rule is asked about every Service. */
function textOf(ports: readonly WrittenPort[]): string {
  const known = texts.get(ports)
  if (known !== undefined) return known
  const made = JSON.stringify(ports)
  texts.set(ports, made)
  return made
}

function translated(service: ServiceRecord, ports: readonly WrittenPort[], backends: readonly PodRecord[]): OpenedPorts | undefined {
  const opened: NumberedPort[] = []
  for (const port of ports) {
    if (!('name' in port) && port.port === undefined) {
      opened.push(port)
      continue
    }
    const listening = listenPorts(service, port, backends)
    if (listening.length > 1)
      return { ambiguous: `which of the ports ${listening.join(', ')} of the service is opened depends on the order of its pods` }
    const [listen] = listening
    if (listen === undefined || (!('name' in port) && leadsElsewhere(service, listen, port, ports, backends))) continue
    const end = 'name' in port ? undefined : port.end
    opened.push({ protocol: port.protocol ?? 'TCP', port: listen, ...(end !== undefined && { end }) })
  }
  return opened.length === 0 ? undefined : { ports: opened }
}

/** The Service's port whose target is the rule's, or that a backend's container port leads to: several when backends differ. */
function listenPorts(service: ServiceRecord, port: WrittenPort, backends: readonly PodRecord[]): number[] {
  const wanted = 'name' in port ? port.name : port.port
  const direct = service.ports.find(each => each.target === wanted && each.protocol === port.protocol)
  if (direct !== undefined) return [direct.port]
  const found = new Set<number>()
  for (const pod of backends) {
    const listen = listenPortOf(service, port, pod)
    if (listen !== undefined) found.add(listen)
  }
  return [...found]
}

function listenPortOf(service: ServiceRecord, port: WrittenPort, pod: PodRecord): number | undefined {
  const own = pod.ports.filter(each => !each.sidecar && each.protocol === port.protocol)
  const container = own.find(each => ('name' in port ? each.name === port.name : each.port === port.port))
  if (container === undefined && 'name' in port) return undefined
  const number = container?.port ?? ('name' in port ? undefined : port.port)
  const name = container?.name ?? ''
  const leads = ({ protocol, target }: ServicePort) =>
    protocol === port.protocol && (typeof target === 'string' ? target === name : target === number)
  return service.ports.find(leads)?.port
}

/** A named target that is another number on some backend would let traffic through to it: the controller leaves such a port out. */
function leadsElsewhere(
  service: ServiceRecord,
  listen: number,
  rule: NumberedPort,
  ports: readonly WrittenPort[],
  backends: readonly PodRecord[],
) {
  const named = service.ports.find(each => each.port === listen && each.protocol === rule.protocol && typeof each.target === 'string')
  if (named === undefined) return false
  const allowed = (number: number) =>
    ports.some(port => {
      if ('name' in port || port.protocol !== rule.protocol) return false
      return port.port === undefined || (number >= port.port && number <= (port.end ?? port.port))
    })
  return backends.some(pod => {
    const container = pod.ports.find(each => !each.sidecar && each.name === named.target && each.protocol === rule.protocol)
    return container !== undefined && !allowed(container.port)
  })
}
