import { defineCheck } from '#joints/define.ts'
import { causeText, recognise } from '#joints/define-symptoms.ts'
import { perWorld } from '#joints/per-world.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { fail, pass, skip, unknown } from '#model/verdict.ts'
import { boundVolume } from '../claims.ts'
import { classOf, ebsDriverOf } from '../classes.ts'
import { clusterOf } from '../home.ts'
import symptoms from '../symptoms.ts'

const failures = perWorld((world: Reader<'k8s/Event'>): ReadonlyMap<string, readonly Resource<'k8s/Event'>[]> =>
  Map.groupBy(
    world
      .seen('k8s/Event')
      .filter(({ body }) => body.reason === 'ProvisioningFailed' && body.involvedObject.kind === 'PersistentVolumeClaim'),
    ({ scope, body: { involvedObject } }) => [clusterOf({ scope }), involvedObject.namespace ?? '', involvedObject.name ?? ''].join('\n'),
  ),
)

const timeOf = ({ body }: Resource<'k8s/Event'>): string =>
  String(body.lastTimestamp ?? body.eventTime ?? body.metadata.creationTimestamp ?? '')

export default defineCheck({
  id: 'ebs-encryption/claim-not-provisioned',
  title: 'The driver could not make the volume of a claim',
  severity: 'high',
  since: '0.1.0',
  subject: 'k8s/PersistentVolumeClaim',
  reads: ['k8s/Event', 'k8s/PersistentVolume', 'k8s/StorageClass'],
  sources: [
    'https://kubernetes.io/docs/concepts/storage/persistent-volumes/#binding',
    'https://github.com/kubernetes-sigs/aws-ebs-csi-driver/issues/3010',
  ],

  test({ subject: claim, world }) {
    const volume = boundVolume(world, claim)
    if (volume !== undefined) return pass(volume.at(['metadata', 'name'], 'the claim has this volume'))
    const storageClass = classOf(world, clusterOf(claim), claim.body)
    if (storageClass === undefined || ebsDriverOf(storageClass) === undefined) return skip('no class of EBS makes its volume')
    if (claim.body.status?.phase !== 'Pending') return skip('the claim was not read from a cluster')
    const { namespace, name } = claim.body.metadata
    const event = (failures(world).get([clusterOf(claim), namespace, name].join('\n')) ?? []).toSorted((a, b) =>
      timeOf(b).localeCompare(timeOf(a)),
    )[0]
    if (event?.body.message === undefined) {
      world.list('k8s/Event', { cluster: clusterOf(claim), namespace })
      if (storageClass.body.volumeBindingMode === 'WaitForFirstConsumer')
        return skip('it waits for a pod that mounts it, or the driver is at it')
      return unknown({
        kind: 'k8s/Event',
        reason: 'why a claim is Pending: the API server keeps events for an hour, and has none of it',
        settle: { by: 'user', step: 'kubectl describe the claim, and read the log of container csi-provisioner' },
      })
    }
    const found = recognise(symptoms, event.body.message)
    return fail({
      message: `claim ${claim.id} has no volume: ${found === undefined ? 'the driver failed' : lowerFirst(causeText(found))}`,
      evidence: [event.at(['message'], 'the provisioner says so'), claim.at(['status', 'phase'], 'the claim waits')],
      effect: 'The pods that mount the claim stay Pending.',
      help:
        found?.symptom.hidden ??
        'Mend what the event says; a claim whose volume EC2 took back keeps its request token, so delete it and make it again.',
    })
  },
})

/** Names such as EC2 keep their letters. */
const lowerFirst = (text: string): string => text.replace(/^[A-Z](?=[a-z ])/, first => first.toLowerCase()).replace(/\.$/, '')
