import type { Kinds } from '#model/kinds.ts'
import { parseAddress, type Address } from '../addresses.ts'
import { protocolOf } from '../ports.ts'
import type { Protocol } from '../question.ts'
import type { Labels } from '../selector.ts'

export interface ServicePort {
  readonly name: string
  readonly protocol: Protocol
  readonly port: number
  /** A number or the name of a container port. */
  readonly target: number | string
}

/** A Service with an address of its own: headless ones and external names have none. */
export interface ServiceRecord {
  readonly id: string
  readonly namespace: string
  readonly address: Address
  readonly selector: Labels
  readonly ports: readonly ServicePort[]
}

export function readService({ metadata, spec }: Kinds['k8s/Service']): ServiceRecord | undefined {
  const address = spec?.clusterIP === undefined || spec.clusterIP === 'None' ? undefined : parseAddress(spec.clusterIP)
  if (address === undefined) return undefined
  return {
    id: `${metadata.namespace}/${metadata.name}`,
    namespace: metadata.namespace,
    address,
    selector: spec?.selector ?? {},
    ports: (spec?.ports ?? []).map(({ name = '', protocol = 'TCP', port, targetPort }) => ({
      name,
      protocol: protocolOf(protocol) ?? 'TCP',
      port,
      target: targetPort ?? port,
    })),
  }
}
