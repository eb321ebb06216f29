import { parametersOf, type Parameter, type StorageClass } from './classes.ts'

/** What the driver refuses of the parameters of a class. */
export interface ClassFault {
  readonly parameter: Parameter
  /** A clause after the name of the class: `has parameter kms-key-id, which the driver does not know`. */
  readonly what: string
  readonly label: string
}

/** https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/pkg/driver/constants.go */
const known: ReadonlySet<string> = new Set(
  (
    'fstype csi.storage.k8s.io/fstype type iopspergb allowautoiopsincreaseonmodify allowautoiopspergbincrease iops throughput encrypted kmskeyid blockexpress ' +
    'blocksize inodesize bytesperinode numberofinodes ext4bigalloc ext4clustersize ext4encryptionsupport volumeinitializationrate blockattachuntilinitialized'
  ).split(' '),
)

/** What the plugin that was part of Kubernetes took besides. https://github.com/kubernetes/csi-translation-lib/blob/master/plugins/aws_ebs.go */
const knownInTree: ReadonlySet<string> = new Set(['zone', 'zones'])

const numbers: ReadonlySet<string> = new Set(['iops', 'iopspergb', 'throughput', 'volumeinitializationrate'])
const types: ReadonlySet<string> = new Set('gp2 gp3 io1 io2 sc1 st1 standard sbp1 sbg1'.split(' '))

/** The first parameter that the driver refuses when it is to make a volume. */
export function classFault(storageClass: StorageClass): ClassFault | undefined {
  const all = parametersOf(storageClass)
  return all.flatMap(parameter => faultOf(storageClass, parameter) ?? [])[0] ?? iopsFault(all)
}

function faultOf({ body: { provisioner } }: StorageClass, parameter: Parameter): ClassFault | undefined {
  const { name, value } = parameter
  const key = name.toLowerCase()
  const isTag = name.startsWith('tagSpecification')
  // The provisioner keeps what begins so to itself: https://kubernetes-csi.github.io/docs/external-provisioner.html
  const isForProvisioner = name.startsWith('csi.storage.k8s.io/')
  const isInTree = provisioner === 'kubernetes.io/aws-ebs' && knownInTree.has(key)
  if (!known.has(key) && !isTag && !isForProvisioner && !isInTree)
    return { parameter, what: `has parameter ${name}, which the driver does not know`, label: 'the driver refuses what it does not know' }
  if (numbers.has(key) && !/^[+-]?\d{1,10}$/.test(value))
    return { parameter, what: `says ${name}: ${value}, which is no number`, label: 'the driver reads a whole number here' }
  if (key === 'type' && !types.has(value))
    return { parameter, what: `asks for volumes of type ${value}, which EBS does not have`, label: 'no type of volume has this name' }
  return undefined
}

/** https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/docs/parameters.md#restrictions */
function iopsFault(all: readonly Parameter[]): ClassFault | undefined {
  const has = (name: string) => all.find(each => each.name.toLowerCase() === name && Number(each.value) > 0)
  const [iops, perGiB] = [has('iops'), has('iopspergb')]
  if (iops === undefined || perGiB === undefined) return undefined
  return { parameter: perGiB, what: 'has both iops and iopsPerGB', label: 'the driver takes one of the two' }
}
