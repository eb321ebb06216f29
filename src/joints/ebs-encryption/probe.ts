import type { Chain } from '#model/chain.ts'
import type { Kind } from '#model/kinds.ts'
import type { Expectation, Observation, Prediction, Seen } from '#model/probe.ts'
import type { World } from '#model/world.ts'
import { tried } from '#joints/access-documents.ts'
import type { ChainStart } from '#joints/define.ts'
import { chainPrediction, defineProbe, judgedBy, notObserved, predicting, type Prepared, type ProbeSettings } from '#joints/define-probe.ts'
import { stepsPod } from '#joints/probe-job.ts'
import { likeWorkload } from '#joints/probe-likeness.ts'
import { claimOf, claimUsesOf } from './claims.ts'
import { classOf, ebsDriverOf, encryptionAsked, keyParameter, type StorageClass } from './classes.ts'
import { homeOf } from './home.ts'
import ebsEncryption from './joint.ts'
import { keyNamed, parseKeyName } from './keys.ts'
import { madeVolume } from './probe-volume.ts'

/** A pod claims a volume of the workload's class; the volume that EC2 made is read back. It costs a gibibyte for a minute, and goes with its pod. */
export default defineProbe({ joint: ebsEncryption, reads: ['k8s/StorageClass'], prepare })

const rereads: readonly Kind[] = ['k8s/PersistentVolume', 'k8s/PersistentVolumeClaim', 'aws/ec2/Volume', 'aws/eks/Cluster']
/** Making and attaching a volume takes EC2 some seconds, the first of a node more. */
const seconds = 90
const volumeName = 'probe'

function prepare(world: World, { workload }: ChainStart, settings: ProbeSettings, number: number): Prepared | { readonly why: string } {
  if (workload === undefined) return { why: 'no workload mounts it: name one that does' }
  const found = tried(() =>
    claimUsesOf(workload).flatMap(use => classOf(world, workload.cluster, use.template ?? claimOf(world, use)?.body ?? {}) ?? []),
  )
  if (found.is === 'unread') return { why: `which class its claims have was not read: ${found.fact.reason}` }
  const storageClass = found.value.find(each => ebsDriverOf(each) !== undefined)
  if (storageClass === undefined) return { why: 'its claims have no class of EBS' }
  const { name } = storageClass.body.metadata
  if (storageClass.body.reclaimPolicy === 'Retain')
    return { why: `volumes of class ${name} outlive their claims (reclaimPolicy Retain), so a probe would leave one behind` }
  const spec = { accessModes: ['ReadWriteOnce' as const], storageClassName: name, resources: { requests: { storage: '1Gi' } } }
  const pod = stepsPod('pod', {
    ...likeWorkload(workload.template),
    cluster: workload.cluster,
    namespace: workload.namespace,
    serviceAccountName: 'default',
    settings,
    joint: ebsEncryption.id,
    name: String(number),
    steps: [{ id: 'mounted', do: 'files', folder: '/mortise' }],
    seconds,
    volumes: [{ name: volumeName, ephemeral: { volumeClaimTemplate: { spec } } }],
    mounts: [{ name: volumeName, mountPath: '/mortise' }],
  })
  return {
    namespace: workload.namespace,
    pods: [pod],
    objects: [],
    acts: [],
    rereads,
    expect: (copy, chain) => expected(copy, chain, storageClass, workload.cluster),
  }
}

/** Such volumes are made all the same. */
const unencrypted: ReadonlySet<string> = new Set(['ebs-encryption/class-not-encrypted', 'ebs-encryption/class-encrypted-ignored'])

function expected(world: World, chain: Chain | undefined, storageClass: StorageClass, cluster: string) {
  const { name } = storageClass.body.metadata
  const whole = chainPrediction(chain, 'volume')
  const isPlain = whole.is === 'no' && unencrypted.has(whole.check ?? '')
  const bound: Prediction = isPlain ? afterIt(chain) : whole
  const key = keyParameter(storageClass)
  const expectations: readonly Expectation[] = [
    { id: 'bound', says: `a claim of class ${name} is bound`, isMust: true, predicted: bound },
    { id: 'encrypted', says: 'its volume is encrypted', isMust: true, predicted: encryption(whole, storageClass) },
    ...(key === undefined ? [] : [{ id: 'key', says: `its volume has key ${key.value}`, isMust: true, predicted: whole }]),
    { id: 'mounted', says: 'its volume is attached and mounted', isMust: true, predicted: bound },
  ].filter(({ id }) => bound.is !== 'no' || id === 'bound')
  return {
    expectations,
    judge: judgedBy(expectations, {
      bound: seen => boundObserved(seen, cluster),
      encrypted: seen =>
        ofVolume(seen, cluster, ({ Encrypted }) => ({ is: Encrypted === true ? 'yes' : 'no', text: `Encrypted is ${String(Encrypted)}` })),
      key: seen => ofVolume(seen, cluster, ({ KmsKeyId }) => keyObserved(world, cluster, key?.value ?? '', KmsKeyId)),
      mounted: mountedObserved,
    }),
  }
}

/** What the chain says of the links after its first break is not asked. */
const afterIt = (chain: Chain | undefined): Prediction => ({
  is: 'unknown',
  fact: {
    kind: 'k8s/StorageClass',
    reason: `the chain of ${chain?.subject ?? 'the probe'} breaks before it, since the class asks for no encryption`,
  },
})

/** Where the class does not ask, the region's default may encrypt all the same: the chain knows of both. */
const encryption = (whole: Prediction, storageClass: StorageClass): Prediction =>
  whole.is === 'yes' && encryptionAsked(storageClass) === undefined ? { ...whole, because: 'the default of the region encrypts it' } : whole

function boundObserved({ after, pods }: Seen, cluster: string): Observation {
  if (after === undefined) return notObserved(pods.get('pod')?.notStarted ?? 'nothing was read after it')
  const found = tried(() => madeVolume(after, cluster, pods.get('pod'), volumeName))
  if (found.is === 'unread') return notObserved(found.fact.reason)
  if (found.value?.volume !== undefined) return { is: 'yes', text: `bound to ${found.value.volume.id}` }
  const failure = pods.get('pod')?.events.findLast(text => /ProvisioningFailed|FailedBinding|FailedScheduling/.test(text))
  return { is: 'no', text: failure ?? `not bound after ${seconds} s` }
}

type VolumeBody = { readonly Encrypted?: boolean | undefined; readonly KmsKeyId?: string | undefined }

function ofVolume({ after, pods }: Seen, cluster: string, judge: (body: VolumeBody) => Observation): Observation {
  if (after === undefined) return notObserved('nothing was read after it')
  const found = tried(() => madeVolume(after, cluster, pods.get('pod'), volumeName))
  if (found.is === 'unread') return notObserved(found.fact.reason)
  const ec2 = found.value?.ec2
  return ec2 === undefined ? notObserved('there is no volume to look at') : judge(ec2.body)
}

/** EC2 names a key by its ARN, whatever the class called it. */
function keyObserved(world: World, cluster: string, wanted: string, given: string | undefined): Observation {
  if (given === undefined) return notObserved('EC2 names no key')
  const named = predicting(() => {
    const name = parseKeyName(wanted, homeOf(world, cluster))
    const key = name.is === 'malformed' ? undefined : keyNamed(world, name)
    return { is: key?.id === given ? 'yes' : 'no', because: given, at: [] }
  })
  return named.is === 'unknown' ? notObserved(named.fact.reason) : { is: named.is, text: `KmsKeyId is ${given}` }
}

function mountedObserved({ pods }: Seen): Observation {
  const pod = pods.get('pod')
  if (pod?.results.has('mounted') === true) return { is: 'yes', text: 'its pod ran with it' }
  const text = pod?.events.findLast(each => /^Failed(Mount|AttachVolume)/.test(each))
  return text === undefined || text.includes('not found in the list of registered CSI drivers')
    ? notObserved(text ?? pod?.notStarted ?? 'no pod ran')
    : { is: 'no', text }
}
