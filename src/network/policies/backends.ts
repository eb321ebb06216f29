import type { PolicyInput } from '../input.ts'
import type { Protocol } from '../question.ts'
import { readService, type ServiceRecord } from './service-record.ts'

export interface Backend {
  /** `namespace/name`, when the endpoint is a pod's. */
  readonly pod: string | undefined
  readonly address: string
  readonly port: number
}

/** A service as a client meets it: its address, if it has one, and who is behind a port. */
export interface ServiceView {
  readonly record: ServiceRecord | undefined
  /** Undefined: the service has no such port. */
  readonly backends: (protocol: Protocol, port: number) => readonly Backend[] | undefined
}

interface ServiceIndex {
  readonly services: ReadonlyMap<string, PolicyInput['services']['all'][number]>
  readonly slicesOf: ReadonlyMap<string, PolicyInput['endpointSlices']['all']>
}

const indexes = new WeakMap<PolicyInput, ServiceIndex>()

/** By `namespace/name` of the service: every question about one asks again. */
function indexOf(input: PolicyInput): ServiceIndex {
  const known = indexes.get(input)
  if (known !== undefined) return known
  const index = {
    services: new Map(input.services.all.map(service => [`${service.metadata.namespace}/${service.metadata.name}`, service])),
    slicesOf: Map.groupBy(
      input.endpointSlices.all,
      ({ metadata }) => `${metadata.namespace}/${metadata.labels?.['kubernetes.io/service-name'] ?? ''}`,
    ),
  }
  indexes.set(input, index)
  return index
}

/**
 * Ready endpoints of a service, by its EndpointSlices. A headless service gives its pods' own addresses, so ports are not translated.
 * https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/
 */
export function viewService(input: PolicyInput, id: string): ServiceView | undefined {
  const { services, slicesOf } = indexOf(input)
  const body = services.get(id)
  if (body === undefined) return undefined
  const record = readService(body)
  const slices = slicesOf.get(id) ?? []
  return {
    record,
    backends: (protocol, port) => {
      const own = (body.spec?.ports ?? []).find(each => each.port === port && (each.protocol ?? 'TCP') === protocol)
      if (own === undefined && record !== undefined) return undefined
      return slices.flatMap(({ endpoints = [], ports = [], metadata }) => {
        const target =
          record === undefined
            ? port
            : ports.find(each => (each.name ?? '') === (own?.name ?? '') && (each.protocol ?? 'TCP') === protocol)?.port
        if (target === undefined) return []
        return endpoints
          .filter(endpoint => endpoint.conditions?.ready !== false)
          .map(({ addresses, targetRef }) => ({
            pod: targetRef?.kind === 'Pod' ? `${targetRef.namespace ?? metadata.namespace}/${targetRef.name ?? ''}` : undefined,
            address: addresses[0] ?? '',
            port: target,
          }))
      })
    },
  }
}
