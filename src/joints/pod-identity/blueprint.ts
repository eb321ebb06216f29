import { definePart, type JointBlueprint } from '#joints/define-blueprint.ts'
import type { Proposal } from '#joints/proposal.ts'
import { readDocument } from '#joints/read-document.ts'
import { roleNameFor } from '#joints/role-name.ts'
import { readsOf } from '#joints/workload-reads.ts'
import { UserError } from '#base/errors.ts'
import type { PolicyDocument } from '#iam/document.ts'
import type { BlueprintWorkload } from '#model/blueprint.ts'
import { setting, targetOf, type Change } from '#model/change.ts'
import type { Kinds } from '#model/kinds.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { associationOf } from './association.ts'
import { podService } from './pod-trust.ts'

const kinds = [
  'aws/eks/Cluster',
  'aws/eks/PodIdentityAssociation',
  'aws/iam/Role',
  'aws/kms/Key',
  'aws/secretsmanager/Secret',
  'k8s/Namespace',
  'k8s/ServiceAccount',
] as const
type BlueprintReader = Reader<(typeof kinds)[number]>

export default {
  joint: 'pod-identity',
  parts: ({ workloads }) =>
    workloads.map(workload =>
      definePart({
        about: `${workload.namespace}/${workload.serviceAccount}`,
        reads: kinds,
        propose: (world, cluster) => proposals(world, cluster, workload),
      }),
    ),
} satisfies JointBlueprint

/** The inline policy that Mortise writes; of a role that it did not make it touches nothing else. */
const policyName = 'mortise'

/**
 * What is missing for a service account to read what it shall, by EKS Pod Identity; nothing when the joint holds.
 * @throws Unread when what it depends on was not read, UserError when a thing of that name is somebody else's
 */
function proposals(world: BlueprintReader, cluster: Resource<'aws/eks/Cluster'>, workload: BlueprintWorkload): readonly Proposal[] {
  const association = associationOf(world, { cluster: cluster.body.name, namespace: workload.namespace, name: workload.serviceAccount })
  const roleArn = association?.body.roleArn ?? roleNameFor(cluster.id, workload).roleArn
  return [
    ...accountProposals(world, cluster, workload),
    ...roleProposals(world, cluster, workload, roleArn),
    ...associationProposals(cluster, workload, roleArn, association),
  ]
}

function accountProposals(
  world: BlueprintReader,
  cluster: Resource<'aws/eks/Cluster'>,
  { namespace, serviceAccount: name }: BlueprintWorkload,
): readonly Proposal[] {
  const scope = { cluster: cluster.body.name }
  const proposals: Proposal[] = []
  if (world.find('k8s/Namespace', namespace, scope) === undefined) {
    const body = { metadata: { name: namespace, labels: owner } }
    const change: Change = {
      target: { kind: 'k8s/Namespace', id: namespace, scope },
      edit: { do: 'create', body },
      permissions: ['create namespaces'],
      risk: '',
    }
    proposals.push({ change, title: `create namespace ${namespace}`, makes: 'pod-identity: service account' })
  }
  if (world.find('k8s/ServiceAccount', `${namespace}/${name}`, scope) === undefined) {
    const body = { metadata: { name, namespace, labels: owner } }
    const target = { kind: 'k8s/ServiceAccount', id: `${namespace}/${name}`, scope } as const
    const change: Change = { target, edit: { do: 'create', body }, permissions: ['create serviceaccounts'], risk: '' }
    proposals.push({ change, title: `create service account ${namespace}/${name}`, makes: 'pod-identity: service account' })
  }
  return proposals
}

const owner = { 'app.kubernetes.io/managed-by': 'mortise' }

function roleProposals(
  world: BlueprintReader,
  cluster: Resource<'aws/eks/Cluster'>,
  workload: BlueprintWorkload,
  roleArn: string,
): readonly Proposal[] {
  const role = world.find('aws/iam/Role', roleArn)
  const wanted = readDocument(world, cluster, workload)
  if (role === undefined) return [createRole(cluster, workload, roleArn, wanted)]
  const list = role.body.RolePolicyList ?? []
  const index = list.findIndex(({ PolicyName }) => PolicyName === policyName)
  const isSame = JSON.stringify(list[index]?.PolicyDocument) === JSON.stringify(wanted)
  const reads = readsOf(workload)
  if (reads.length === 0 || isSame) return []
  const at = index === -1 ? [...inline, list.length] : [...inline, index]
  const edit = setting(role, at, { PolicyName: policyName, PolicyDocument: wanted })
  const change: Change = {
    target: targetOf(role),
    edit,
    permissions: ['iam:PutRolePolicy'],
    risk: 'Whoever has the role may read what the policy names.',
  }
  return [
    {
      change,
      title: `let role ${role.body.RoleName} read ${reads.length === 1 ? 'it' : 'them'}`,
      makes: 'pod-identity: permissions',
      wait: propagation,
    },
  ]
}

const inline = ['RolePolicyList']
/** IAM is eventually consistent. https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency */
const propagation = { for: 'propagation', seconds: 10 } as const

function createRole(cluster: Resource<'aws/eks/Cluster'>, workload: BlueprintWorkload, roleArn: string, wanted: PolicyDocument): Proposal {
  const { roleName } = roleNameFor(cluster.id, workload)
  const hasReads = readsOf(workload).length > 0
  const body = {
    Arn: roleArn,
    RoleName: roleName,
    AssumeRolePolicyDocument: trustFor(cluster.id, workload),
    RolePolicyList: hasReads ? [{ PolicyName: policyName, PolicyDocument: wanted }] : [],
    AttachedManagedPolicies: [],
  } as unknown as Kinds['aws/iam/Role']
  const [, , , , account = ''] = cluster.id.split(':')
  const change: Change = {
    target: { kind: 'aws/iam/Role', id: roleArn, scope: { account } },
    edit: { do: 'create', body },
    permissions: ['iam:CreateRole', 'iam:TagRole', ...(hasReads ? ['iam:PutRolePolicy'] : [])],
    risk: 'Pods of the service account may read what the policy names.',
  }
  return { change, title: `create role ${roleName}`, makes: 'pod-identity: role, trust, permissions', wait: propagation }
}

/** Only this service account of this cluster: EKS sends both as tags. https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html */
function trustFor(clusterArn: string, { namespace, serviceAccount }: BlueprintWorkload): PolicyDocument {
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: podService },
        Action: ['sts:AssumeRole', 'sts:TagSession'],
        Condition: {
          StringEquals: {
            'aws:RequestTag/eks-cluster-arn': clusterArn,
            'aws:RequestTag/kubernetes-namespace': namespace,
            'aws:RequestTag/kubernetes-service-account': serviceAccount,
          },
        },
      },
    ],
  }
}

function associationProposals(
  cluster: Resource<'aws/eks/Cluster'>,
  { namespace, serviceAccount, where }: BlueprintWorkload,
  roleArn: string,
  association: Resource<'aws/eks/PodIdentityAssociation'> | undefined,
): readonly Proposal[] {
  if (association !== undefined) return []
  const { scope } = cluster
  if ('cluster' in scope) throw new UserError('BAD_BLUEPRINT', 'the cluster is of no account', { where })
  const associationArn = `${cluster.id.replace(':cluster/', ':podidentityassociation/')}/${namespace}/${serviceAccount}`
  const body = { associationArn, clusterName: cluster.body.name, namespace, serviceAccount, roleArn }
  const change: Change = {
    target: { kind: 'aws/eks/PodIdentityAssociation', id: associationArn, scope: { ...scope, clusterName: cluster.body.name } },
    edit: { do: 'create', body },
    permissions: ['eks:CreatePodIdentityAssociation', 'iam:GetRole', 'iam:PassRole'],
    risk: 'Pods that start from now on have the role; pods that run keep what they have.',
  }
  return [
    {
      change,
      title: `give ${namespace}/${serviceAccount} the role ${roleArn.slice(roleArn.lastIndexOf('/') + 1)}`,
      makes: 'pod-identity: association',
    },
  ]
}
