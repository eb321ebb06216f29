import type { ProbeObject, ProbePod, ProbeStep } from '#model/probe.ts'
import type { ProbeSettings } from './define-probe.ts'
import type { PodSpec } from './workloads.ts'

/** What tells a probe's objects: `kubectl get all -A -l mortise/probe`. */
export const probeLabel = 'mortise/probe'

type Volume = NonNullable<PodSpec['volumes']>[number]
type Mount = NonNullable<PodSpec['containers'][number]['volumeMounts']>[number]

/** What one pod of a probe is beside its steps. */
export interface ProbeJobInput {
  readonly cluster: string
  readonly namespace: string
  readonly serviceAccountName: string
  readonly settings: ProbeSettings
  readonly joint: string
  /** Tells the pods of one run apart: `3-client`. */
  readonly name: string
  readonly steps: readonly ProbeStep[]
  /** How long the pod may live, seconds. */
  readonly seconds: number
  /** Labels and annotations besides the probe's own. */
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly environment?: readonly { readonly name: string; readonly value: string }[]
  readonly volumes?: readonly Volume[]
  readonly mounts?: readonly Mount[]
  readonly sysctls?: readonly { readonly name: string; readonly value: string }[]
  /** On the node of the pod with this seat, or on another. */
  readonly beside?: { readonly seat: string; readonly is: 'same-node' | 'other-node' }
  readonly tolerations?: PodSpec['tolerations']
  readonly nodeSelector?: PodSpec['nodeSelector']
}

/** Name and owner label of what a probe makes. */
export const probeMetadata = ({ run }: ProbeSettings, joint: string, namespace: string, name: string) => ({
  name: `mortise-probe-${run}-${name}`,
  namespace,
  labels: { [probeLabel]: run, 'app.kubernetes.io/managed-by': 'mortise', 'mortise/joint': joint },
})

/** Finished Jobs that nobody took away any more, since Mortise was killed: the cluster itself removes them after so long, seconds. */
const leftSeconds = 120

/**
 * A Job of one pod that satisfies the restricted Pod Security Standard, has limits and an end, and can never be Ready, so that no Service sends it
 * traffic whatever its labels are. It is a Job so that no other controller adopts the pod for its labels, and so that the cluster ends and removes
 * it by itself when nobody else does.
 * https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
 * https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-readiness-gate
 */
export function probeJob(input: ProbeJobInput): ProbeObject {
  const { namespace, settings, seconds } = input
  const metadata = probeMetadata(settings, input.joint, namespace, input.name)
  return {
    kind: 'k8s/Job',
    id: `${namespace}/${metadata.name}`,
    scope: { cluster: input.cluster },
    body: {
      metadata,
      spec: {
        backoffLimit: 0,
        activeDeadlineSeconds: seconds,
        ttlSecondsAfterFinished: leftSeconds,
        template: {
          metadata: {
            labels: { ...input.labels, ...metadata.labels },
            annotations: { ...input.annotations, 'sidecar.istio.io/inject': 'false', 'linkerd.io/inject': 'disabled' },
          },
          spec: podSpec(input),
        },
      },
    },
  }
}

/** The user and group of the program: nobody, as images without a shell have it. */
const nobody = 65_532

const podSpec = (input: ProbeJobInput): PodSpec => ({
  serviceAccountName: input.serviceAccountName,
  automountServiceAccountToken: false,
  restartPolicy: 'Never',
  activeDeadlineSeconds: input.seconds,
  terminationGracePeriodSeconds: 1,
  enableServiceLinks: false,
  readinessGates: [{ conditionType: 'mortise/never' }],
  securityContext: {
    runAsNonRoot: true,
    runAsUser: nobody,
    runAsGroup: nobody,
    seccompProfile: { type: 'RuntimeDefault' },
    ...(input.sysctls === undefined ? {} : { sysctls: [...input.sysctls] }),
  },
  ...(input.beside === undefined ? {} : { affinity: affinityTo(input.beside) }),
  ...(input.nodeSelector === undefined ? {} : { nodeSelector: input.nodeSelector }),
  ...(input.tolerations === undefined ? {} : { tolerations: input.tolerations }),
  containers: [
    {
      name: 'probe',
      image: input.settings.image,
      imagePullPolicy: 'IfNotPresent',
      args: [JSON.stringify({ steps: input.steps })],
      ...(input.environment === undefined || input.environment.length === 0 ? {} : { env: [...input.environment] }),
      resources: { requests: { cpu: '10m', memory: '32Mi' }, limits: { cpu: '200m', memory: '128Mi' } },
      securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
      ...(input.mounts === undefined ? {} : { volumeMounts: [...input.mounts] }),
    },
  ],
  ...(input.volumes === undefined ? {} : { volumes: [...input.volumes] }),
})

/** Which pod another stands beside, wherever that is. */
export const seatLabel = 'mortise/probe-seat'

function affinityTo({ seat, is }: NonNullable<ProbeJobInput['beside']>): NonNullable<PodSpec['affinity']> {
  const terms = [{ labelSelector: { matchLabels: { [seatLabel]: seat } }, namespaceSelector: {}, topologyKey: 'kubernetes.io/hostname' }]
  const required = { requiredDuringSchedulingIgnoredDuringExecution: terms }
  return is === 'same-node' ? { podAffinity: required } : { podAntiAffinity: required }
}

/** A pod that does its steps and ends. */
export const stepsPod = (id: string, input: ProbeJobInput): ProbePod => {
  const job = probeJob(input)
  return { id, until: 'end', seconds: input.seconds, job: () => job }
}
