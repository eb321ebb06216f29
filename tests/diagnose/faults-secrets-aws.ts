import { account, roleArn } from './healthy-shop.ts'
import { provided, masked, arnOf, classOf, objectsOf, addField, aKey, encryptWith, allow, type MountFault } from './mounted-secret.ts'
import type { Body } from './world-editor.ts'

/** What AWS keeps: the role, the secret, who may read it, its key, and the way there. */
export const awsFaults: readonly MountFault[] = [
  {
    name: 'account without role',
    breaks: (world, { name }) => world.edit('k8s/ServiceAccount', `orders/${name}`, body => delete body.metadata.annotations),
    says: who => [provided(who, `An IAM role must be associated with service account ${who.name} (namespace: orders)`)],
    link: 'identity',
    check: 'identity-missing',
  },
  {
    name: 'class asks for Pod Identity',
    breaks: (world, who) => classOf(world, who, spec => (spec.parameters.usePodIdentity = 'true')),
    says: who => [
      provided(
        who,
        'failed to get AWS config from pod identity agent: operation error eks-pod-identity: unexpected status 404: [3f]: (ResourceNotFoundException): no association, fault: client',
      ),
    ],
    link: 'identity',
    check: 'identity-mode-differs',
  },
  {
    name: 'secret deleted for good',
    breaks: (world, who) => world.remove('aws/secretsmanager/Secret', arnOf(who)),
    says: who => [
      provided(
        who,
        `eu-west-1: Failed fetching secret ${who.secret}: ResourceNotFoundException: Secrets Manager can't find the specified secret.`,
      ),
    ],
    link: 'secret',
    check: 'secret-missing',
  },
  {
    name: 'secret named wrongly',
    breaks: (world, who) => objectsOf(world, who, text => text.replace(who.secret, `${who.secret}-v2`)),
    says: who => [
      provided(
        who,
        `eu-west-1: Failed fetching secret ${who.secret}-v2: ResourceNotFoundException: Secrets Manager can't find the specified secret.`,
      ),
    ],
    link: 'secret',
    check: 'secret-missing',
  },
  {
    name: 'secret being deleted',
    breaks: (world, who) => world.edit('aws/secretsmanager/Secret', arnOf(who), body => (body.DeletedDate = '2026-11-02T10:00:00.000Z')),
    says: who => [
      provided(
        who,
        `eu-west-1: Failed fetching secret ${who.secret}: InvalidRequestException: You can't perform this operation on the secret because it was marked for deletion.`,
      ),
    ],
    link: 'secret',
    check: 'secret-scheduled-for-deletion',
  },
  {
    name: 'label that no version has',
    breaks: (world, who) => objectsOf(world, who, addField('objectVersionLabel: BLUE')),
    says: who => [
      provided(
        who,
        `eu-west-1: Failed fetching secret ${who.secret}: ResourceNotFoundException: Secrets Manager can't find the specified secret value for staging label: BLUE`,
      ),
    ],
    link: 'secret',
    check: 'secret-version-missing',
  },
  {
    name: 'role may not read',
    breaks: (world, { name }) =>
      world.edit(
        'aws/iam/Role',
        roleArn(`orders-${name}`),
        body => (body.RolePolicyList[0].PolicyDocument.Statement[0].Action = 'secretsmanager:DescribeSecret'),
      ),
    says: who => [masked(who)],
    link: 'permission',
    check: 'read-denied',
  },
  {
    name: 'role names the secret without its suffix',
    breaks: (world, who) =>
      world.edit('aws/iam/Role', roleArn(`orders-${who.name}`), body => {
        body.RolePolicyList[0].PolicyDocument.Statement[0].Resource = arnOf(who).replace(`-${who.suffix}`, '')
      }),
    says: who => [
      masked(who),
      {
        given: `eu-west-1: Failed fetching secret ${who.secret}: operation error Secrets Manager: GetSecretValue, api error AccessDeniedException: User: arn:aws:sts::${account}:assumed-role/orders-${who.name}/aws-secrets-1732435200 is not authorized to perform: secretsmanager:GetSecretValue on resource: ${who.secret} because no identity-based policy allows the secretsmanager:GetSecretValue action`,
      },
    ],
    link: 'permission',
    check: 'read-denied',
  },
  {
    name: 'policy of the secret denies',
    breaks: (world, who) =>
      world.edit('aws/secretsmanager/Secret', arnOf(who), body => {
        const statement = {
          Effect: 'Deny',
          Principal: { AWS: roleArn(`orders-${who.name}`) },
          Action: 'secretsmanager:GetSecretValue',
          Resource: '*',
        }
        body.ResourcePolicy = { Version: '2012-10-17', Statement: [statement] }
      }),
    says: who => [masked(who)],
    link: 'permission',
    check: 'read-denied',
  },
  {
    name: 'trust behind the masked text',
    breaks: (world, { name }) =>
      world.edit('aws/iam/Role', roleArn(`orders-${name}`), body => {
        const { StringEquals } = body.AssumeRolePolicyDocument.Statement[0].Condition
        for (const key of Object.keys(StringEquals)) if (key.endsWith(':sub')) StringEquals[key] = `system:serviceaccount:default:${name}`
      }),
    says: who => [masked(who)],
    link: 'irsa/trust',
    check: 'irsa/trust-does-not-match',
  },
  {
    name: 'key disabled',
    breaks: (world, who) => encryptWith(world, who, aKey('Disabled')),
    says: who => [masked(who)],
    link: 'key',
    check: 'key-unusable',
  },
  {
    name: 'key closed to the role',
    breaks: (world, who) => {
      encryptWith(world, who, aKey('Enabled'))
      allow(world, who, 'kms:Describe*')
    },
    says: who => [provided(who, `eu-west-1: Failed fetching secret ${who.secret}: AccessDeniedException: Access to KMS is not allowed`)],
    link: 'key',
    check: 'key-not-usable',
  },
  {
    name: 'no way to the service',
    breaks: world =>
      world.editAll(
        'aws/ec2/RouteTable',
        body => JSON.stringify(body).includes('nat-'),
        body => {
          body.Routes = body.Routes.filter(({ NatGatewayId }: Body) => NatGatewayId === undefined)
        },
      ),
    says: who => [
      provided(
        who,
        `eu-west-1: Failed fetching secret ${who.secret}: RequestError: send request failed caused by: Post "https://secretsmanager.eu-west-1.amazonaws.com/": dial tcp 52.94.5.1:443: i/o timeout`,
      ),
    ],
    link: 'network',
    check: 'service-unreachable',
  },
]
