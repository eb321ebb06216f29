import { Unread } from '#base/errors.ts'
import { defineCheck } from '#joints/define.ts'
import { trustPath, trustPolicyOf } from '#joints/trust.ts'
import type { Resource } from '#model/resource.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { notForPods, podTrust } from '../trusted-principals.ts'

type Cluster = Resource<'aws/eks/Cluster'>

/** EKS's issuers, in every partition and network. */
const eksIssuer = /oidc-provider\/(oidc[.-]eks\..+\/id\/[0-9A-Za-z]+)$/

const environmentKeys = new Set(['env', 'environment', 'stage'])

export default defineCheck({
  id: 'irsa/role-trusted-across-environments',
  title: 'A role of pods trusts clusters of different environments',
  severity: 'medium',
  since: '0.1.0',
  subject: 'aws/iam/Role',
  reads: ['aws/eks/Cluster'],
  sources: ['https://docs.aws.amazon.com/eks/latest/best-practices/identity-and-access-management.html'],

  test({ subject: role, world }) {
    if (podTrust(role) === undefined) return skip(notForPods)
    const issuers = issuersOf(role)
    if (issuers.length < 2) return skip('it trusts no more than one cluster')
    const clusters = issuers.map(issuer => {
      const known = world.seen('aws/eks/Cluster').find(cluster => cluster.body.identity?.oidc?.issuer?.endsWith(`//${issuer}`))
      if (known !== undefined) return known
      throw new Unread({
        kind: 'aws/eks/Cluster',
        reason: `which cluster has issuer ${issuer} was not read`,
        settle: { by: 'iam', action: 'eks:DescribeCluster' },
      })
    })
    const told = clusters.flatMap(cluster => environmentOf(cluster) ?? [])
    const [first] = told
    const other = told.find(({ value }) => value.toLowerCase() !== first?.value.toLowerCase())
    const trust = role.at(trustPath, 'this trusts them', 'key')
    if (first === undefined || other === undefined) {
      return told.length < clusters.length
        ? skip('its clusters carry no tag that tells their environment')
        : pass(trust, ...told.map(({ at }) => at))
    }
    return fail({
      message: `role ${role.body.RoleName} trusts cluster ${first.cluster.body.name} of environment ${first.value} and cluster ${other.cluster.body.name} of environment ${other.value}`,
      evidence: [trust, first.at, other.at],
      effect: 'Whoever may run a pod in the weaker of the two environments has the role, and with it what the role can do in the other.',
      help: 'Make a role for each environment, and take the other issuer out of this trust policy.',
    })
  },
})

function issuersOf(role: Resource<'aws/iam/Role'>): readonly string[] {
  const providers = trustPolicyOf(role).statements.flatMap(({ effect, principal }) =>
    effect !== 'Allow' || principal === undefined || principal === 'invalid' || principal.negated ? [] : [...principal.named.Federated],
  )
  return [...new Set(providers.flatMap(provider => eksIssuer.exec(provider)?.[1] ?? []))]
}

function environmentOf(cluster: Cluster) {
  const found = Object.entries(cluster.body.tags ?? {}).find(([key]) => environmentKeys.has(key.toLowerCase()))
  if (found === undefined) return undefined
  const [key, value] = found
  return { cluster, value, at: cluster.at(['tags', key], `${cluster.body.name} is ${value}`) }
}
