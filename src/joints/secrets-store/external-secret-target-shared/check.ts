import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { clusterOf } from '#model/resource.ts'
import { targetEvidence, targetOf, writersOf, type ExternalSecret } from '../external-secrets.ts'
import { classKey } from '../mounts.ts'

export default defineCheck({
  id: 'secrets-store/external-secret-target-shared',
  title: 'Two ExternalSecrets write one Secret, and one of them takes it for its own',
  severity: 'medium',
  since: '0.1.0',
  subject: 'k8s/ExternalSecret',
  reads: [],
  sources: [
    'https://external-secrets.io/latest/guides/ownership-deletion-policy/',
    'https://github.com/external-secrets/external-secrets/blob/main/pkg/controllers/externalsecret/externalsecret_controller.go',
  ],

  test({ subject: externalSecret, world }) {
    const target = targetOf(externalSecret)
    if (target === undefined) return skip('it writes no Secret')
    const { namespace } = externalSecret.body.metadata
    const writers = writersOf(world).get(classKey(clusterOf(externalSecret), namespace, target)) ?? []
    // Told once, of the one that comes later by name.
    const other = writers.find(each => each.id < externalSecret.id && !(adds(each) && adds(externalSecret)))
    if (other === undefined) {
      world.list('k8s/ExternalSecret', { cluster: clusterOf(externalSecret), namespace })
      return pass(targetEvidence(externalSecret, 'no other ExternalSecret writes it, or all add to it'))
    }
    const owner = [other, externalSecret].find(each => policyOf(each) === 'Owner')
    return fail({
      message: `ExternalSecrets ${other.body.metadata.name} and ${externalSecret.body.metadata.name} of namespace ${namespace} both write Secret ${target}`,
      evidence: [
        targetEvidence(externalSecret, `writes it (${policyOf(externalSecret)})`),
        targetEvidence(other, `writes it too (${policyOf(other)})`),
      ],
      effect:
        owner === undefined
          ? 'Each that does not only add takes away what the other wrote, in turn: the Secret has the keys of whichever came last.'
          : `The Secret is ${owner.body.metadata.name}’s own: the other one is refused since version 0.11 (target is owned by another ExternalSecret), and takes its keys away in turn before.`,
      help: 'Give each a Secret of its own, or write all of its keys with one ExternalSecret.',
      key: target,
    })
  },
})

/** It keeps what others wrote, and leaves the Secret to them. */
const adds = (externalSecret: ExternalSecret): boolean => ['Merge', 'CreateOrMerge'].includes(policyOf(externalSecret))

const policyOf = ({ body }: ExternalSecret): string => body.spec.target?.creationPolicy ?? 'Owner'
