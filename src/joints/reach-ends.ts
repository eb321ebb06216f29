import { UserError } from '#base/errors.ts'
import { nearest } from '#base/nearest.ts'
import { parseAddress } from '#network/addresses.ts'
import type { Endpoint } from '#network/question.ts'
import { kubectlKind } from './kubectl-names.ts'
import type { ClusterNetwork } from './network.ts'

/** One end of a question about reach: what people call it, and what the engine is asked about. */
export interface ReachEnd {
  /** `deploy/web in shop`, `10.20.3.4`, `the internet`. */
  readonly text: string
  readonly endpoints: readonly Endpoint[]
}

const forms = 'pod/ns/name, deploy/ns/name (sts, ds, rs, job, cronjob), svc/ns/name, node/name, an address, or internet'

/**
 * The end that a text of the command line names.
 * @param namespace for names that give none
 * @throws UserError when there is none such, or several
 */
export function endNamed(view: ClusterNetwork, text: string, namespace: string | undefined): ReachEnd {
  if (text === 'internet') return { text: 'the internet', endpoints: [{ internet: true }] }
  if (parseAddress(text) !== undefined) return { text, endpoints: [{ address: text }] }
  const [first = '', ...rest] = kindFirst(text).split('/')
  const kind = kubectlKind(first)
  const name = rest.at(-1) ?? ''
  if (name === '') throw new UserError('UNKNOWN_END', `${text} names no end of a connection`, { help: `give ${forms}` })
  if (kind === 'node') return oneOf(nodesIn(view), `node/${name}`, item => item.name === `node/${name}`)
  const place = rest.length > 1 ? rest[0] : namespace
  const isNamed = (item: Named) => item.name === `${kind}/${name}` && (place === undefined || item.namespace === place)
  const asked = place === undefined ? `${kind}/${name}` : `${kind}/${place}/${name}`
  if (kind === 'svc' || kind === 'service' || kind === 'services') {
    return oneOf(
      servicesIn(view),
      asked.replace(/^services?\//, 'svc/'),
      item => item.name === `svc/${name}` && (place === undefined || item.namespace === place),
    )
  }
  if (kind === 'pod') return oneOf(podsIn(view), asked, isNamed)
  if (['deploy', 'sts', 'ds', 'rs', 'job', 'cronjob'].includes(kind)) return oneOf(workloadsIn(view), asked, isNamed)
  throw new UserError('UNKNOWN_END', `${text} names no end of a connection`, { help: `give ${forms}` })
}

/** A matrix names workloads `shop/deploy/web`. */
function kindFirst(text: string): string {
  const [namespace = '', kind = '', name] = text.split('/')
  return name !== undefined && workloadWords.has(kubectlKind(kind)) && !endWords.has(kubectlKind(namespace))
    ? `${kind}/${namespace}/${name}`
    : text
}

const workloadWords = new Set(['deploy', 'sts', 'ds', 'rs', 'job', 'cronjob', 'pod'])
const endWords = new Set([...workloadWords, 'svc', 'service', 'services', 'node'])

interface Named {
  /** `pod/web-7d`, `svc/web`. */
  readonly name: string
  readonly namespace?: string
  readonly endpoints: readonly Endpoint[]
}

const nodesIn = ({ network }: ClusterNetwork): readonly Named[] =>
  network.input.policies.nodes.all.map(({ metadata }) => ({ name: `node/${metadata.name}`, endpoints: [{ node: metadata.name }] }))

const servicesIn = ({ network }: ClusterNetwork): readonly Named[] =>
  network.input.policies.services.all.map(({ metadata: { name, namespace } }) => ({
    name: `svc/${name}`,
    namespace,
    endpoints: [{ service: `${namespace}/${name}` }],
  }))

const podsIn = ({ network }: ClusterNetwork): readonly Named[] =>
  network.input.policies.pods.all.map(({ metadata: { name, namespace } }) => ({
    name: `pod/${name}`,
    namespace,
    endpoints: [{ pod: `${namespace}/${name}` }],
  }))

const workloadsIn = ({ workloads }: ClusterNetwork): readonly Named[] =>
  workloads.map(({ workload, pods }) => ({ name: workload.name, namespace: workload.namespace, endpoints: pods.map(pod => ({ pod })) }))

function oneOf(items: readonly Named[], text: string, isNamed: (item: Named) => boolean): ReachEnd {
  const [found, ...others] = items.filter(isNamed)
  if (found === undefined) {
    const near = nearest(
      text,
      items.flatMap(({ name, namespace }) =>
        namespace === undefined ? name : text.split('/').length > 2 ? name.replace('/', `/${namespace}/`) : name,
      ),
    )
    throw new UserError('NO_SUCH_END', `there is no ${text} in what was read`, {
      help: near === undefined ? `give ${forms}` : `did you mean ${near}?`,
    })
  }
  if (others.length > 0) {
    const places = [found, ...others].map(({ namespace }) => namespace).slice(0, 5)
    throw new UserError('AMBIGUOUS_END', `there are several ${text}: in ${places.join(', ')}`, {
      help: 'add its namespace, with -n or in the name',
    })
  }
  return { text: found.namespace === undefined ? found.name : `${found.name} in ${found.namespace}`, endpoints: found.endpoints }
}
