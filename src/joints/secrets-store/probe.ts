import type { Chain } from '#model/chain.ts'
import type { Kind } from '#model/kinds.ts'
import type { Expectation, Observation, Prediction, ProbeObject, ProbeStep, Seen } from '#model/probe.ts'
import type { World } from '#model/world.ts'
import { tried } from '#joints/access-documents.ts'
import { mechanismKinds } from '#joints/access-mechanism.ts'
import { accessKinds } from '#joints/access.ts'
import { serviceAccountMechanisms } from '#joints/access-workload.ts'
import type { ChainStart } from '#joints/define.ts'
import { chainPrediction, defineProbe, judgedBy, notObserved, stepSeen, type Prepared, type ProbeSettings } from '#joints/define-probe.ts'
import { probeMetadata, stepsPod } from '#joints/probe-job.ts'
import { likeWorkload } from '#joints/probe-likeness.ts'
import { recognised } from '#joints/symptoms.ts'
import { workloadKinds, type Workload } from '#joints/workloads.ts'
import { classOf, isAws } from './classes.ts'
import secretsStore from './joint.ts'
import { mountsOf, driverName, type SecretMount } from './mounts.ts'
import { comparisons, type Comparison } from './probe-comparisons.ts'
import { followRotation, rotationExpectation, rotationObserved, rotationSeconds } from './probe-rotation.ts'

const reads: readonly Kind[] = [...new Set<Kind>([...accessKinds, ...mechanismKinds, ...workloadKinds])]

/** A pod mounts what the workload mounts, and compares each file with what its secret holds now, which never leaves the pod. */
export default defineProbe({ joint: secretsStore, reads, prepare })

/** A mount may take the kubelet some tries; a comparison is one call for each file. */
const seconds = 60

function prepare(world: World, start: ChainStart, settings: ProbeSettings, number: number): Prepared | { readonly why: string } {
  const { workload } = start
  const mounts = workload === undefined ? [] : mountsOf(world, workload)
  if (workload === undefined || mounts.length === 0) return { why: 'it mounts no class itself' }
  const volumes = mounts.map((mount, index) => volumeOf(world, mount, settings, `${number}-${index + 1}`))
  const compared = mounts.flatMap((mount, index) => comparisons(world, mount, folderOf(index)))
  const followed = settings.rotationSeconds === undefined ? undefined : compared[0]
  const like = likeWorkload(workload.template)
  const pod = stepsPod('pod', {
    ...like,
    cluster: workload.cluster,
    namespace: workload.namespace,
    serviceAccountName: workload.serviceAccountName,
    settings,
    joint: secretsStore.id,
    name: String(number),
    steps: [
      ...mounts.map((_, index): ProbeStep => ({ id: `files-${index}`, do: 'files', folder: folderOf(index) })),
      ...compared.map(({ step }) => step),
      ...(followed === undefined ? [] : [followRotation(followed, settings)]),
    ],
    seconds: seconds + (followed === undefined ? 0 : rotationSeconds(settings)),
    volumes: [...(like.volumes ?? []), ...volumes.map(({ volume }) => volume)],
    mounts: [
      ...(like.mounts ?? []),
      ...volumes.map(({ volume: { name } }, index) => ({ name, mountPath: folderOf(index), readOnly: true })),
    ],
  })
  return {
    namespace: workload.namespace,
    pods: [pod],
    objects: volumes.flatMap(({ made }) => made ?? []),
    acts: [],
    expect: (copy, chain) =>
      expected(copy, workload.cluster, { predicted: mountPrediction(copy, chain, workload, mounts), compared, followed, chain }),
  }
}

const folderOf = (index: number): string => `/mortise/${index}`

/**
 * The volume as the workload has it. Where its class makes Secrets, a copy of the class that makes none: a pod that is the last to mount a class takes
 * its Secret along when it goes. https://secrets-store-csi-driver.sigs.k8s.io/topics/sync-as-kubernetes-secret
 */
function volumeOf(world: World, mount: SecretMount, settings: ProbeSettings, name: string) {
  const { workload, className, attributes, readOnly } = mount
  const found = tried(() => classOf(world, mount))
  const own = found.is === 'read' ? found.value : undefined
  const makes = (own?.body.spec?.secretObjects ?? []).length > 0
  const metadata = probeMetadata(settings, secretsStore.id, workload.namespace, name)
  const { secretObjects: _, ...spec } = own?.body.spec ?? {}
  const made: ProbeObject = {
    kind: 'k8s/SecretProviderClass',
    id: `${workload.namespace}/${metadata.name}`,
    scope: { cluster: workload.cluster },
    body: { metadata, spec },
  }
  const mounted = makes ? metadata.name : className
  const volumeAttributes = { ...attributes, ...(mounted === undefined ? {} : { secretProviderClass: mounted }) }
  return { volume: { name: `secrets-${name}`, csi: { driver: driverName, readOnly, volumeAttributes } }, ...(makes ? { made } : {}) }
}

/** The first link that speaks of what becomes of files once they are mounted. */
const end = 'synced-secret'

/** What keeps the pods' service account from its role is told by another chain than that of the mount. */
function mountPrediction(world: World, chain: Chain | undefined, workload: Workload, mounts: readonly SecretMount[]): Prediction {
  const byChain = chainPrediction(chain, end)
  if (byChain.is !== 'yes') return byChain
  const isOurs = mounts.some(mount => {
    const found = tried(() => classOf(world, mount))
    return found.is === 'read' && found.value !== undefined && isAws(found.value)
  })
  const [mechanism] = serviceAccountMechanisms(world, {
    cluster: workload.cluster,
    namespace: workload.namespace,
    name: workload.serviceAccountName,
  })
  if (!isOurs || mechanism?.session.is !== 'refused') return byChain
  return { is: 'no', because: mechanism.session.reason, at: mechanism.session.at }
}

interface Known {
  readonly predicted: Prediction
  readonly compared: readonly Comparison[]
  readonly followed: Comparison | undefined
  readonly chain: Chain | undefined
}

function expected(world: World, cluster: string, { predicted, compared, followed, chain }: Known) {
  const mounted: Expectation = { id: 'mounted', says: 'the volumes of its classes are mounted', isMust: true, predicted }
  const files = predicted.is === 'no' ? [] : compared
  const expectations = [
    mounted,
    ...files.map(({ step, says }): Expectation => ({ id: step.id, says, isMust: true, predicted: freshly(predicted) })),
    ...(followed === undefined || predicted.is === 'no' ? [] : [rotationExpectation(world, cluster, followed, chain)]),
  ]
  const judges = Object.fromEntries(files.map(({ step }) => [step.id, (seen: Seen) => stepSeen(seen, 'pod', step.id, comparedObserved)]))
  return { expectations, judge: judgedBy(expectations, { mounted: mountedObserved, rotation: rotationObserved, ...judges }) }
}

const freshly = (mounted: Prediction): Prediction =>
  mounted.is === 'yes' ? { ...mounted, because: 'a new pod mounts what its class asks for now' } : mounted

function mountedObserved({ pods }: Seen): Observation {
  const pod = pods.get('pod')
  if (pod === undefined) return notObserved('the probe was stopped before its pod was made')
  if (pod.results.size > 0)
    return { is: 'yes', text: [...pod.results].flatMap(([id, { text }]) => (id.startsWith('files-') ? [text] : [])).join(', ') }
  const failures = pod.events.filter(text => text.startsWith('FailedMount: '))
  const text = failures.find(each => linkOf(each) !== undefined) ?? failures.at(-1)
  if (text === undefined) return notObserved(pod.notStarted ?? 'the pod ended before it came to this')
  const points = linkOf(text)
  return { is: 'no', text, ...(points === undefined ? {} : { points }) }
}

/** The link that a text of the kubelet or the driver points at; undefined where it hides its cause. */
const linkOf = (text: string): string | undefined =>
  recognised(text).find(({ joint, symptom }) => joint === secretsStore.id && symptom.hidden === undefined)?.symptom.link

/** A file that could not be compared, since it or the secret could not be read, shows nothing of its contents. */
function comparedObserved({ ok, text, facts }: { readonly ok: boolean; readonly text: string; readonly facts?: object }): Observation {
  return facts === undefined ? notObserved(text) : { is: ok ? 'yes' : 'no', text }
}
