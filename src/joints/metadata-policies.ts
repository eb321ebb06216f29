import { Unread } from '#base/errors.ts'
import type { LayerAnswer } from '#network/question.ts'
import type { Evidence } from '#model/resource.ts'
import { valueAt } from '#model/place.ts'
import { perWorld } from './per-world.ts'
import { policiesOf, type ClusterPolicies, type PolicyLayerReader } from './policy-layer.ts'

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html */
const metadataAddress = '169.254.169.254'

const answersOf = perWorld((_policies: ClusterPolicies) => new Map<string, LayerAnswer>())

/**
 * What policies make of a pod's way to the instance metadata service. Nothing else closes it for a pod: no security group and no network ACL filters
 * it. https://docs.aws.amazon.com/vpc/latest/userguide/infrastructure-security.html
 * @param pod `namespace/name`
 */
export function metadataByPolicy(world: PolicyLayerReader, cluster: string, pod: string): LayerAnswer {
  const policies = policiesOf(world, cluster)
  const layer = policies.layer()
  const sort = String(layer.classOf(pod)?.id ?? pod)
  const known = answersOf(policies).get(sort)
  if (known !== undefined) return known
  const answer = layer.answer('egress', pod, { address: metadataAddress }, 'TCP', 80)
  answersOf(policies).set(sort, answer)
  return answer
}

/** What an answer that is not known lacks. */
export function unknownPolicies(world: PolicyLayerReader, cluster: string, answer: LayerAnswer): Unread {
  const [missing] = policiesOf(world, cluster).layer().missing
  return new Unread(answer.fact ?? missing ?? { kind: 'k8s/NetworkPolicy', reason: answer.reason })
}

/** The policies that decide, each where its rule stands or its name. */
export function policyEvidence(
  world: PolicyLayerReader,
  cluster: string,
  { by, asked = [] }: LayerAnswer,
  label: string,
): readonly Evidence[] {
  return (by.length > 0 ? by : asked).flatMap(({ kind, id, path }) => {
    const resource = policiesOf(world, cluster).find(kind, id)
    if (resource === undefined) return []
    const isThere = path.length > 0 && valueAt(resource.body, path) !== undefined
    return [resource.at(isThere ? path : ['metadata', 'name'], label)]
  })
}
