import { assertAllNodes } from '#joints/node-instance.ts'
import { Unread } from '#base/errors.ts'
import { setting, targetOf, type Change } from '#model/change.ts'
import type { Evidence } from '#model/resource.ts'
import { fail, pass, skip, type Fix, type Verdict } from '#model/verdict.ts'
import type { PodsOfNodes } from './closed-by-policy.ts'
import { accountOf, countText, nodesWith, type Instance, type InstanceReader, type Role } from './node-instances.ts'

/**
 * How an instance answers its pods. The hop limit holds back the answer to version 2's PUT, which carries the token; version 1's GET needs none, so
 * whatever the hop limit, pods get the role. https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-options.html
 */
export type Reach = 'closed' | 'version-1' | 'hops' | 'held-back'

export function reachOf({ kind, id, body }: Instance): Reach {
  const options = body.MetadataOptions
  if (options === undefined) {
    throw new Unread({
      kind,
      id,
      reason: 'the instance was read without its metadata options',
      settle: { by: 'iam', action: 'ec2:DescribeInstances' },
    })
  }
  if (options.HttpEndpoint === 'disabled') return 'closed'
  if (options.HttpTokens !== 'required') return 'version-1'
  return options.HttpPutResponseHopLimit === 1 ? 'held-back' : 'hops'
}

export interface Saying {
  readonly message: (nodes: string, role: string) => string
  readonly label: string
  readonly option: 'HttpTokens' | 'HttpPutResponseHopLimit'
  readonly after: string | number
  readonly effect: string
  readonly title: string
  readonly risk: string
  /** What policies make of it, where they can close it. */
  readonly pods?: (nodes: readonly Instance[]) => PodsOfNodes | undefined
}

/** One finding for all nodes of a role: they come from one node group, or from few. */
export function metadataVerdict(world: InstanceReader, role: Role, wrong: Reach, say: Saying): Verdict {
  const nodes = nodesWith(world, role)
  if (nodes.length === 0) return skip('no node that was read has this role')
  const [open, doubt] = partition(nodes, wrong)
  const [first, ...others] = open
  if (first !== undefined) {
    const pods = say.pods?.(open)
    if (pods !== undefined && pods.closed.length > 0) {
      if (doubt !== undefined) throw doubt
      assertAllNodes(world, accountOf(role))
      return pass(...pods.closed)
    }
    return fail({
      message: say.message(countText(open), role.body.RoleName),
      evidence: [
        place(first, say, say.label),
        ...others.slice(0, 2).map(node => place(node, say, 'and here')),
        ...(pods?.open === undefined ? [] : [pods.open]),
      ],
      effect: say.effect,
      fix: fixOf(open, say),
    })
  }
  if (doubt !== undefined) throw doubt
  assertAllNodes(world, accountOf(role))
  if (wrong === 'hops' && nodes.some(node => reachOf(node) === 'version-1'))
    return skip('version 1 answers whatever the hop limit: node-credentials/imds-v1-enabled')
  return pass(
    ...nodes
      .slice(0, 3)
      .map(node =>
        node.at(
          ['MetadataOptions'],
          reachOf(node) === 'closed' ? 'the metadata service is switched off' : `${say.option} is as it should be`,
          'key',
        ),
      ),
  )
}

function partition(nodes: readonly Instance[], wrong: Reach): readonly [readonly Instance[], Unread | undefined] {
  let doubt: Unread | undefined
  const open = nodes.filter(node => {
    try {
      return reachOf(node) === wrong
    } catch (error) {
      if (!(error instanceof Unread)) throw error
      doubt ??= error
      return false
    }
  })
  return [open, doubt]
}

function place(node: Instance, { option }: Saying, label: string): Evidence {
  return node.body.MetadataOptions?.[option] === undefined
    ? node.at(['MetadataOptions'], label, 'key')
    : node.at(['MetadataOptions', option], label)
}

function fixOf(nodes: readonly Instance[], { option, after, title, risk }: Saying): Fix {
  const changes = nodes.map((node): Change => ({
    target: targetOf(node),
    edit: setting(node, ['MetadataOptions', option], after),
    permissions: ['ec2:ModifyInstanceMetadataOptions'],
    risk,
  }))
  return { title, safe: false, changes }
}
