import { defineCheck } from '#joints/define.ts'
import { perWorld } from '#joints/per-world.ts'
import { podShape, type Container } from '#joints/workloads.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import type { Reader } from '#model/world.ts'
import { clusterOf } from '../branch-interface.ts'

/** What decides how the pods of a node are wired, by container. */
const settings = [
  { group: 'containers', container: 'aws-node', name: 'ENABLE_POD_ENI', otherwise: 'false' },
  { group: 'containers', container: 'aws-node', name: 'POD_SECURITY_GROUP_ENFORCING_MODE', otherwise: 'strict' },
  { group: 'containers', container: 'aws-node', name: 'AWS_VPC_K8S_CNI_EXTERNALSNAT', otherwise: 'false' },
  { group: 'initContainers', container: 'aws-vpc-cni-init', name: 'DISABLE_TCP_EARLY_DEMUX', otherwise: 'false' },
] as const

export default defineCheck({
  id: 'security-groups-for-pods/settings-mixed',
  title: 'Nodes run the VPC CNI with other settings than the cluster is set to',
  severity: 'medium',
  since: '0.1.0',
  subject: 'k8s/DaemonSet',
  reads: ['k8s/Pod'],
  sources: [
    'https://github.com/aws/amazon-vpc-cni-k8s#pod_security_group_enforcing_mode-v1110',
    'https://kubernetes.io/docs/tasks/manage-daemon/update-daemon-set/',
  ],

  test({ subject: daemonSet, world }) {
    if (daemonSet.id !== 'kube-system/aws-node') return skip('not the VPC CNI')
    world.list('k8s/Pod', { cluster: clusterOf(daemonSet.scope), namespace: 'kube-system' })
    const pods = podsOf(world).get(clusterOf(daemonSet.scope)) ?? []
    if (pods.length === 0) return skip('no pod of the VPC CNI runs')
    const wanted = daemonSet.body.spec?.template.spec ?? { containers: [] }
    const differing = pods.flatMap(pod => {
      const setting = settings.find(item => valueIn(podShape(pod).spec, item) !== valueIn(wanted, item))
      return setting === undefined ? [] : [{ pod, setting }]
    })
    const [first] = differing
    if (first === undefined)
      return pass(...pods.slice(0, 3).map(pod => pod.at(['metadata', 'name'], 'it has the settings of the DaemonSet')))
    const { pod, setting } = first
    const was = valueIn(podShape(pod).spec, setting)
    const is = valueIn(wanted, setting)
    return fail({
      message: `${differing.length} of ${pods.length} pods of the VPC CNI run with ${setting.name} ${was}, and the DaemonSet says ${is}`,
      evidence: [
        placeOf(pod, [], setting, `on node ${podShape(pod).spec.nodeName ?? 'unknown'} it is ${was}`),
        placeOf(daemonSet, ['spec', 'template'], setting, `the DaemonSet says ${is}`),
        ...differing.slice(1, 3).map(item => item.pod.at(['metadata', 'name'], 'this one differs too')),
      ],
      effect:
        'The same pod is filtered, translated and probed in one way on these nodes and in another on the rest, depending on where it is placed.',
      help: 'See kubectl rollout status daemonset/aws-node -n kube-system: delete the pods that were not replaced, or look at what keeps them, such as updateStrategy OnDelete. Pods with groups of their own keep the mode in which they started until they are replaced.',
    })
  },
})

const podsOf = perWorld((world: Reader<'k8s/Pod'>): ReadonlyMap<string, readonly Resource<'k8s/Pod'>[]> =>
  Map.groupBy(
    world
      .seen('k8s/Pod')
      .filter(
        ({ body: { metadata } }) =>
          metadata.namespace === 'kube-system' &&
          metadata.ownerReferences?.some(({ kind, name }) => kind === 'DaemonSet' && name === 'aws-node') === true,
      ),
    ({ scope }) => clusterOf(scope),
  ),
)

type Setting = (typeof settings)[number]
type Spec = { readonly containers: readonly Container[]; readonly initContainers?: readonly Container[] }

const seatOf = (spec: Spec, { group, container, name }: Setting) => {
  const index = (spec[group] ?? []).findIndex(item => item.name === container)
  const env = spec[group]?.[index]?.env ?? []
  return { index, variable: env.findLastIndex(item => item.name === name), env }
}

function valueIn(spec: Spec, setting: Setting): string {
  const { variable, env } = seatOf(spec, setting)
  const found = env[variable]
  // What comes from elsewhere is the same text in both, and differs only where the text does.
  return found === undefined ? setting.otherwise : (found.value ?? JSON.stringify(found.valueFrom ?? ''))
}

function placeOf(
  resource: Resource<'k8s/Pod'> | Resource<'k8s/DaemonSet'>,
  root: readonly string[],
  setting: Setting,
  label: string,
): Evidence {
  const spec = resource.kind === 'k8s/Pod' ? resource.body.spec : resource.body.spec?.template.spec
  const { index, variable } = seatOf(spec ?? { containers: [] }, setting)
  const at = resource as Resource
  if (variable < 0) return at.at(['metadata', 'name'], label)
  return at.at([...root, 'spec', setting.group, index, 'env', variable, 'name'], label)
}
