import { Unread } from '#base/errors.ts'
import type { Evidence } from '#model/resource.ts'
import { fail, pass, skip, type Fail, type Verdict } from '#model/verdict.ts'
import type { AwsConnection } from './aws-connection.ts'
import { distinctPlaces, fixFor, layerEvidence } from './denied-layers.ts'
import type { Workload } from './workloads.ts'

/** In the words of whoever needs the service. */
export interface ConnectionWords {
  /** `deploy/api cannot open a connection to STS`. */
  readonly message: string
  readonly effect: string
  /** Who needs it, and why, where it stands. */
  readonly because: Evidence
  /** Whose containers ask. */
  readonly workload: Workload
}

/** https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html and what every HTTP client of Go, Python and Java takes its proxy from. */
const ownWay = /^(?:AWS_ENDPOINT_URL(?:_\w+)?|HTTPS_PROXY|https_proxy|ALL_PROXY|all_proxy)$/

/**
 * Whether the policies and security groups on the way let pods talk with a service of AWS.
 * @throws Unread when containers may have a way of their own
 */
export function connectionVerdict(connection: AwsConnection, { message, effect, because, workload }: ConnectionWords): Verdict {
  if (connection.is === 'none') return skip(connection.why)
  const { view, layers, at } = connection
  const places = distinctPlaces(layers.flatMap(layer => layerEvidence(view, layer)))
  if (connection.is === 'open') return pass(...places.slice(0, 3), ...at, because)
  const { containers, initContainers = [] } = workload.template.spec
  const all = [...containers, ...initContainers]
  const own = all.flatMap(({ env = [] }) => env).find(({ name }) => ownWay.test(name))
  if (own !== undefined) return skip(`its containers have a way of their own: ${own.name}`)
  if (all.some(({ envFrom = [] }) => envFrom.length > 0))
    throw new Unread({
      kind: workload.resource.kind,
      id: workload.resource.id,
      reason: 'its containers may have a way of their own: what envFrom gives was not read',
    })
  const [first = because, ...others] = places
  const fix = fixFor(view, connection.questions)
  const reasons = [...new Set(layers.map(({ reason }) => reason))]
  const what: Fail = {
    message: `${message} at ${connection.where}: ${reasons.slice(0, 2).join(', and ')}`,
    evidence: [first, ...others.slice(0, 2), ...at, ...(first === because ? [] : [because])],
    effect,
    ...(fix === undefined
      ? { help: `Let TCP port 443 out to ${connection.where}, and in at its security groups: mortise reach tells what is in the way.` }
      : { fix }),
  }
  return fail(what)
}
