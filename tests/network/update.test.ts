import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compileNetwork } from '#network/compile-network.ts'
import type { Network, NetworkChange } from '#network/network.ts'
import type { Question } from '#network/question.ts'
import type { Ec2 } from '../oracles/network/cloud.ts'
import type { OracleEnd, OracleWorld } from '../oracles/network/evaluator.ts'
import { probes } from '../oracles/network/generate.ts'
import { addresses, worlds } from '../oracles/network/generate-cloud.ts'
import { ofKind, podOf, type KubernetesObject } from '../oracles/network/objects.ts'
import { at, podEnds, portOf, questionOf, serviceEnds } from './ends.ts'
import { networkInputOf } from './engine-input.ts'
import { announce, seed, worldsOr } from './runs.ts'

const numRuns = worldsOr(20)
announce('network updates', numRuns)

const kinds: readonly (readonly [kind: string, name: string, group: string])[] = [
  ['k8s/Namespace', 'Namespace', 'v1'],
  ['k8s/Pod', 'Pod', 'v1'],
  ['k8s/NetworkPolicy', 'NetworkPolicy', 'networking.k8s.io/v1'],
  ['k8s/networking.k8s.aws/ClusterNetworkPolicy', 'ClusterNetworkPolicy', 'networking.k8s.aws/v1alpha1'],
]
/** Of AWS's documents what they say is changed, and not whose they are: two lists for one subnet are no world. */
const members = [
  ['aws/ec2/NetworkAcl', 'NetworkAcls', 'NetworkAclId', 'network-acl', 'Arn', ['Entries']],
  ['aws/ec2/NetworkInterface', 'NetworkInterfaces', 'NetworkInterfaceId', 'network-interface', 'Arn', ['Groups']],
  ['aws/ec2/SecurityGroup', 'SecurityGroups', 'GroupId', 'security-group', 'SecurityGroupArn', ['IpPermissions', 'IpPermissionsEgress']],
] as const

const idOf = ({ metadata }: KubernetesObject) =>
  metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`

interface Edit {
  readonly change: NetworkChange
  readonly apply: (world: OracleWorld) => OracleWorld
}

/** What would make one world of another, a document at a time. */
function editsBetween(before: OracleWorld, after: OracleWorld): readonly Edit[] {
  return [...kubernetesEdits(before, after), ...awsEdits(before, after)]
}

function kubernetesEdits(before: OracleWorld, after: OracleWorld): readonly Edit[] {
  return kinds.flatMap(([kind, name, apiVersion]) => {
    const of = (world: OracleWorld) => world.kubernetes.filter(object => object.kind === name && object.apiVersion === apiVersion)
    return [...new Set([...of(before), ...of(after)].map(idOf))].map((id): Edit => {
      const wanted = of(after).find(object => idOf(object) === id)
      return {
        change: { kind, id, ...(wanted !== undefined && { after: wanted }) } as never,
        apply: world => {
          const position = world.kubernetes.findIndex(
            object => object.kind === name && object.apiVersion === apiVersion && idOf(object) === id,
          )
          const { kubernetes } = world
          if (wanted === undefined) return position < 0 ? world : { ...world, kubernetes: kubernetes.toSpliced(position, 1) }
          return { ...world, kubernetes: position < 0 ? [...kubernetes, wanted] : kubernetes.with(position, wanted) }
        },
      }
    })
  })
}

type Body = Readonly<Record<string, unknown>>

function awsEdits(before: OracleWorld, after: OracleWorld): readonly Edit[] {
  return members.flatMap(([kind, member, key, type, arnKey, changed]) => {
    const of = ({ ec2 }: OracleWorld) => (ec2[member] ?? []) as readonly object[] as readonly Body[]
    return of(before).flatMap((body): Edit[] => {
      const other = of(after).find(each => each[key] === body[key])
      if (other === undefined) return []
      const wanted: Body = { ...body, ...Object.fromEntries(changed.map(field => [field, other[field]])) }
      const arn = `arn:aws:ec2:eu-central-1:111122223333:${type}/${String(body[key])}`
      const apply = (world: OracleWorld): OracleWorld => {
        const list = of(world).map(each => (each[key] === body[key] ? wanted : each))
        return { ...world, ec2: { ...world.ec2, [member]: list } as Ec2 }
      }
      return [{ change: { kind, id: arn, after: { ...wanted, [arnKey]: arn } } as never, apply }]
    })
  })
}

/** Two pods of one address are no world either. */
function isPossible({ change }: Edit, { kubernetes }: OracleWorld): boolean {
  const { kind, id, after } = change as { readonly kind: string; readonly id: string; readonly after?: KubernetesObject }
  if (kind !== 'k8s/Pod' || after === undefined) return true
  const wanted = podOf(after)
  return !ofKind(kubernetes, 'Pod').some(object => {
    const pod = podOf(object)
    return idOf(object) !== id && !wanted.hostNetwork && !pod.hostNetwork && pod.address !== undefined && pod.address === wanted.address
  })
}

const pairs = fc.tuple(worlds(['aws-vpc-cni']), worlds(['aws-vpc-cni'])).filter(([one, other]) => one.family === other.family)

test('a network that was edited answers as one that is compiled anew', () => {
  fc.assert(
    fc.property(
      pairs,
      fc.array(fc.array(fc.nat(999), { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 5 }),
      fc.array(probes, { minLength: 25, maxLength: 25 }),
      ([before, after], steps, asked) => {
        const edits = editsBetween(before, after)
        let world: OracleWorld = before
        let network: Network = compileNetwork(networkInputOf(world))
        for (const positions of steps) {
          const chosen: Edit[] = []
          for (const edit of [...new Set(positions)].map(position => at(edits, position))) {
            if (!isPossible(edit, world) || chosen.includes(edit)) continue
            chosen.push(edit)
            world = edit.apply(world)
          }
          network = network.update(chosen.map(({ change }) => change))
          const anew = compileNetwork(networkInputOf(world))
          const sources: readonly OracleEnd[] = [...podEnds(world.kubernetes, 2), { node: 'n1' }]
          const destinations = [...sources, ...addresses[before.family].map(address => ({ address })), ...serviceEnds(world.kubernetes)]
          for (const probe of asked) {
            const question = questionOf(world.kubernetes, at(sources, probe.from), at(destinations, probe.to), probe, portOf(probe))
            const changes = chosen.map(({ change }) => change)
            const [given, wanted] = [network, anew].map(each => each.verdict(question as Question))
            expect({ changes, question, verdict: given }).toEqual({ changes, question, verdict: wanted })
          }
        }
      },
    ),
    { numRuns, seed },
  )
}, 0)
