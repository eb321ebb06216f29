import { Unread } from '#base/errors.ts'
import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { currentPods, namedWith } from '../../irsa/judged-shapes.ts'
import { replacing } from '../../irsa/replace-pods.ts'
import { accountText, instantOf } from '../association.ts'
import { workloadAssociation } from '../workload-association.ts'

const minute = 60_000

/** How long credentials live that were handed out before a change: chained sessions end within the hour. */
const lifetime = (isChained: boolean): { readonly milliseconds: number; readonly text: string } =>
  isChained ? { milliseconds: 59 * minute, text: '59 minutes' } : { milliseconds: 6 * 60 * minute, text: 'six hours' }

export default defineCheck({
  id: 'pod-identity/credentials-older-than-change',
  title: 'Pods may still have credentials from before their association was changed',
  severity: 'info',
  since: '0.1.0',
  subject: 'workload',
  reads: ['aws/eks/Cluster', 'aws/eks/PodIdentityAssociation'],
  sources: ['https://docs.aws.amazon.com/eks/latest/userguide/pod-id-assign-target-role.html'],

  test({ subject: workload, world }) {
    const association = workloadAssociation(world, workload)
    if (association === undefined) return skip('the service account has no association')
    const [created, modified] = [instantOf(association.body.createdAt), instantOf(association.body.modifiedAt)]
    if (created === undefined || modified === undefined) return skip('the association does not tell when it was made and changed')
    if (modified - created < minute) return skip('the association was not changed since it was made')
    if (world.readAt === undefined)
      throw new Unread({
        kind: association.kind,
        reason: 'the world does not say when it was read',
        settle: { by: 'user', step: 'add readAt to the first document of the snapshot' },
      })
    const { milliseconds, text } = lifetime(association.body.targetRoleArn !== undefined)
    if (Date.parse(world.readAt) - modified > milliseconds)
      return pass(association.at(['modifiedAt'], `credentials from before are over: they live no longer than ${text}`))
    const pods = currentPods(workload)
    const old = pods.filter(pod => (instantOf(pod.body.metadata.creationTimestamp) ?? Number.POSITIVE_INFINITY) < modified)
    const [first] = old
    if (first === undefined) return pass(association.at(['modifiedAt'], 'no pod is older than this change'))

    const replacement = replacing(workload, old)
    return fail({
      message: `${namedWith(workload, { pods: old, of: pods.length })} was made before the Pod Identity association of ${accountText(association.body)} was changed, and may have credentials of what it said then`,
      evidence: [
        association.at(['modifiedAt'], `credentials from before this may live ${text}`),
        first.at(['metadata', 'creationTimestamp'], 'the pod was made then'),
      ],
      effect: 'The agent keeps credentials until they are renewed, so these pods may act as before the change for that long.',
      ...(replacement === undefined
        ? { help: 'Delete the pod and create it again from its manifest, or wait.' }
        : { fix: { title: 'replace the pods, which get credentials of their own', safe: false, changes: [replacement] } }),
    })
  },
})
