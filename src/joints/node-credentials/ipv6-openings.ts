import { perWorld } from '#joints/per-world.ts'
import { isInside } from '#joints/pod-identity/address.ts'
import type { Path } from '#model/place.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { reachOf } from './metadata-service.ts'
import type { Instance } from './node-instances.ts'

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html */
const version4 = '169.254.169.254'
export const version6 = 'fd00:ec2::254'

type Policy = Resource<'k8s/NetworkPolicy'>

interface Block {
  readonly path: Path
  readonly cidr: string
  readonly except: readonly string[]
}

/** The blocks of addresses that a policy lets pods send to; undefined when one of its rules is for every address, or it does not limit sending. */
function blocksOf({ body }: Policy): readonly Block[] | undefined {
  const { egress = [], policyTypes } = body.spec ?? {}
  if (policyTypes === undefined ? egress.length === 0 : !policyTypes.includes('Egress')) return undefined
  if (egress.some(({ to = [] }) => to.length === 0)) return undefined
  return egress.flatMap(({ to = [] }, rule) =>
    to.flatMap(({ ipBlock }, index) =>
      ipBlock === undefined
        ? []
        : [{ path: ['spec', 'egress', rule, 'to', index, 'ipBlock'], cidr: ipBlock.cidr, except: ipBlock.except ?? [] }],
    ),
  )
}

const lets = (address: string, { cidr, except }: Block): boolean => isInside(address, cidr) && !except.some(part => isInside(address, part))
const keepsOut = (address: string, { cidr, except }: Block): boolean =>
  isInside(address, cidr) && except.some(part => isInside(address, part))

export interface Ipv6Opening {
  /** The exception for the IPv4 address: somebody meant to close the service. */
  readonly meant: Path
  /** The block that lets the IPv6 address through; undefined when none does. */
  readonly open: Block | undefined
}

/** Undefined for a policy that was never meant to keep pods from the metadata service, or does not even over IPv4. */
export function ipv6OpeningOf(policy: Policy): Ipv6Opening | undefined {
  const blocks = blocksOf(policy) ?? []
  const closing = blocks.find(block => keepsOut(version4, block))
  if (closing === undefined || blocks.some(block => lets(version4, block))) return undefined
  return { meant: [...closing.path, 'except'], open: blocks.find(block => lets(version6, block)) }
}

/** Nodes whose service answers pods over IPv6, by cluster. */
const answeringNodes = perWorld((world: Reader<'aws/ec2/Instance'>): ReadonlyMap<string, Instance> => {
  const found = world.seen('aws/ec2/Instance').filter(({ body }) => body.MetadataOptions?.HttpProtocolIpv6 === 'enabled')
  const pairs = found
    .filter(instance => ['hops', 'version-1'].includes(reachOf(instance)))
    .flatMap(instance =>
      (instance.body.Tags ?? []).flatMap(({ Key = '' }) =>
        Key.startsWith('kubernetes.io/cluster/') ? [[Key.slice('kubernetes.io/cluster/'.length), instance] as const] : [],
      ),
    )
  return new Map(pairs)
})

export const nodeAnsweringOverIpv6 = (world: Reader<'aws/ec2/Instance'>, cluster: string): Instance | undefined =>
  answeringNodes(world).get(cluster)
