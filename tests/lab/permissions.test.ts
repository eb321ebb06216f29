import {
  DescribeAccessEntryCommand,
  DescribeAddonCommand,
  DescribeClusterCommand,
  DescribeNodegroupCommand,
  DescribePodIdentityAssociationCommand,
  EKSClient,
  ListAccessEntriesCommand,
  ListAddonsCommand,
  ListClustersCommand,
  ListNodegroupsCommand,
  ListPodIdentityAssociationsCommand,
} from '@aws-sdk/client-eks'
import {
  GetAccountAuthorizationDetailsCommand,
  GetOpenIDConnectProviderCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListOpenIDConnectProvidersCommand,
  ListRolePoliciesCommand,
  ListRolesCommand,
} from '@aws-sdk/client-iam'
import { expect, test } from 'vitest'
import { describeLab } from './shared-lab.ts'

describeLab('reads under an empty policy', lab => {
  const policy = 'arn:aws:iam::aws:policy/ReadOnlyAccess'
  const provider = `arn:aws:iam::${lab.accountId}:oidc-provider/${lab.issuer.replace('https://', '')}`
  const role = { RoleName: `${lab.clusterName}-cluster` }
  const cluster = { clusterName: lab.clusterName }

  const iamReads: readonly (readonly [string, (client: IAMClient) => Promise<unknown>])[] = [
    ['iam:ListRoles', client => client.send(new ListRolesCommand({}))],
    ['iam:GetRole', client => client.send(new GetRoleCommand(role))],
    ['iam:ListRolePolicies', client => client.send(new ListRolePoliciesCommand(role))],
    ['iam:GetRolePolicy', client => client.send(new GetRolePolicyCommand({ ...role, PolicyName: 'x' }))],
    ['iam:ListAttachedRolePolicies', client => client.send(new ListAttachedRolePoliciesCommand(role))],
    ['iam:GetPolicy', client => client.send(new GetPolicyCommand({ PolicyArn: policy }))],
    ['iam:GetPolicyVersion', client => client.send(new GetPolicyVersionCommand({ PolicyArn: policy, VersionId: 'v1' }))],
    ['iam:ListOpenIDConnectProviders', client => client.send(new ListOpenIDConnectProvidersCommand({}))],
    ['iam:GetOpenIDConnectProvider', client => client.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: provider }))],
    ['iam:GetAccountAuthorizationDetails', client => client.send(new GetAccountAuthorizationDetailsCommand({}))],
  ]
  const eksReads: readonly (readonly [string, (client: EKSClient) => Promise<unknown>])[] = [
    ['eks:ListClusters', client => client.send(new ListClustersCommand({}))],
    ['eks:DescribeCluster', client => client.send(new DescribeClusterCommand({ name: lab.clusterName }))],
    ['eks:ListPodIdentityAssociations', client => client.send(new ListPodIdentityAssociationsCommand(cluster))],
    [
      'eks:DescribePodIdentityAssociation',
      client => client.send(new DescribePodIdentityAssociationCommand({ ...cluster, associationId: 'a-x' })),
    ],
    ['eks:ListAddons', client => client.send(new ListAddonsCommand(cluster))],
    ['eks:DescribeAddon', client => client.send(new DescribeAddonCommand({ ...cluster, addonName: 'vpc-cni' }))],
    ['eks:ListNodegroups', client => client.send(new ListNodegroupsCommand(cluster))],
    ['eks:DescribeNodegroup', client => client.send(new DescribeNodegroupCommand({ ...cluster, nodegroupName: 'x' }))],
    ['eks:ListAccessEntries', client => client.send(new ListAccessEntriesCommand(cluster))],
    ['eks:DescribeAccessEntry', client => client.send(new DescribeAccessEntryCommand({ ...cluster, principalArn: provider }))],
  ]

  test('each is denied to a principal without it and answered to one that has it alone', async () => {
    const powerless = (await lab.iamRole()).credentials
    const reads = [
      ...iamReads.map(([action, read]) => [action, (settings: ReturnType<typeof lab.aws>) => read(new IAMClient(settings))] as const),
      ...eksReads.map(([action, read]) => [action, (settings: ReturnType<typeof lab.aws>) => read(new EKSClient(settings))] as const),
    ]
    for (const [action, read] of reads) {
      await expect(read(lab.aws(powerless)), action).rejects.toMatchObject({
        name: expect.stringMatching(/^AccessDenied/),
        message: expect.stringContaining(`is not authorized to perform: ${action}`),
      })
      const able = (await lab.iamUser([{ Effect: 'Allow', Action: action, Resource: '*' }])).credentials
      const outcome = await read(lab.aws(able)).then(
        () => 'answered',
        (error: Error) => error.name,
      )
      expect(['answered', 'NoSuchEntityException', 'NoSuchEntity', 'ResourceNotFoundException'], action).toContain(outcome)
    }
  })
})
