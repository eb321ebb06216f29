import { Unread, type UnreadFact } from '#base/errors.ts'
import type { Path } from '#model/place.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { perWorld } from './per-world.ts'
import type { Container } from './workloads.ts'

/** The kinds that say how the VPC CNI is set up. */
export const vpcCniKinds = ['k8s/DaemonSet', 'k8s/ConfigMap'] as const
export type VpcCniReader = Reader<(typeof vpcCniKinds)[number]>

/** A setting, and where it stands; without a place it is the default of the container, which does not name it. */
export interface Setting {
  readonly name: string
  /** Undefined: it is not set, or set from elsewhere (`valueFrom`), which `unread` says. */
  readonly value: string | undefined
  readonly path: Path | undefined
  readonly unread?: UnreadFact
}

/** The DaemonSet `aws-node` of one cluster: the VPC CNI, and beside it the network policy agent. */
export interface VpcCni {
  readonly daemonSet: Resource<'k8s/DaemonSet'>
  /** A variable of the container `aws-node`. */
  variable(name: string): Setting
  /** A variable of the init container `aws-vpc-cni-init`. */
  initVariable(name: string): Setting
  /** An argument of the network policy agent: `enable-network-policy`. */
  agentArgument(name: string): Setting
  /** The agent runs beside it. */
  readonly hasAgent: boolean
  /** `v1.20.1` of the image; undefined for a digest or another tag. */
  readonly version: string | undefined
  readonly agentVersion: string | undefined
}

const containerName = 'aws-node'
const initName = 'aws-vpc-cni-init'
/** The add-on names its container `aws-eks-nodeagent`. https://github.com/aws/amazon-vpc-cni-k8s/blob/master/charts/aws-vpc-cni/templates/daemonset.yaml */
const agentName = 'aws-eks-nodeagent'

/**
 * The VPC CNI of a cluster; undefined when the cluster has no DaemonSet `kube-system/aws-node`: EKS Auto Mode runs it on the node itself, and
 * other CNIs replace it.
 * @throws Unread when it could not be read
 */
export function vpcCniOf(world: VpcCniReader, cluster: string): VpcCni | undefined {
  const daemonSet = world.find('k8s/DaemonSet', 'kube-system/aws-node', { cluster })
  return daemonSet === undefined ? undefined : partsOf(daemonSet)
}

const partsOf = perWorld((daemonSet: Resource<'k8s/DaemonSet'>): VpcCni => {
  const spec = daemonSet.body.spec?.template.spec
  const root = ['spec', 'template', 'spec']
  const seat = (group: 'containers' | 'initContainers', name: string): Seat | undefined => {
    const index = (spec?.[group] ?? []).findIndex(container => container.name === name)
    const container = spec?.[group]?.[index]
    return container === undefined ? undefined : { container, path: [...root, group, index] }
  }
  const [own, init, agent] = [seat('containers', containerName), seat('initContainers', initName), seat('containers', agentName)]
  return {
    daemonSet,
    variable: name => variableOf(own, name),
    initVariable: name => variableOf(init, name),
    agentArgument: name => argumentOf(agent, name),
    hasAgent: agent !== undefined,
    version: versionOf(own),
    agentVersion: versionOf(agent),
  }
})

interface Seat {
  readonly container: Container
  readonly path: Path
}

/** The last of a name wins, as in the kubelet. */
function variableOf(seat: Seat | undefined, name: string): Setting {
  const index = seat?.container.env?.findLastIndex(variable => variable.name === name) ?? -1
  const variable = seat?.container.env?.[index]
  if (seat === undefined || variable === undefined) return { name, value: undefined, path: undefined }
  const path = [...seat.path, 'env', index]
  if (variable.valueFrom === undefined) {
    const isWritten = variable.value !== undefined
    return { name, value: variable.value ?? '', path: isWritten ? [...path, 'value'] : [...path, 'name'] }
  }
  return {
    name,
    value: undefined,
    path,
    unread: { kind: 'k8s/DaemonSet', id: 'kube-system/aws-node', reason: `${name} comes from another object` },
  }
}

/** `--name=value`, `--name value`, or `--name` alone, which is true. */
function argumentOf(seat: Seat | undefined, name: string): Setting {
  const texts = seat?.container.args ?? []
  const index = texts.findLastIndex(text => text === `--${name}` || text.startsWith(`--${name}=`))
  const text = texts[index]
  if (seat === undefined || text === undefined) return { name, value: undefined, path: undefined }
  const following = texts[index + 1]
  const value = text.includes('=')
    ? text.slice(text.indexOf('=') + 1)
    : following === undefined || following.startsWith('-')
      ? 'true'
      : following
  return { name, value, path: [...seat.path, 'args', index] }
}

const versionOf = (seat: Seat | undefined): string | undefined =>
  /:(v\d+\.\d+\.\d+)(?:-[\w.]+)?(?:@|$)/.exec(seat?.container.image ?? '')?.[1]

/** @throws Unread when the setting comes from an object that is not read */
export function valueOf(setting: Setting): string | undefined {
  if (setting.unread !== undefined) throw new Unread(setting.unread)
  return setting.value
}

/** As Go's `strconv.ParseBool` reads it, which the VPC CNI uses; what it cannot read counts as the default. https://pkg.go.dev/strconv#ParseBool */
export function isTrue(setting: Setting, otherwise = false): boolean {
  const value = valueOf(setting)
  if (value === undefined) return otherwise
  if (['1', 't', 'T', 'TRUE', 'true', 'True'].includes(value)) return true
  return ['0', 'f', 'F', 'FALSE', 'false', 'False'].includes(value) ? false : otherwise
}
