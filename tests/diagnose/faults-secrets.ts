import { account, region, roleArn } from './healthy-shop.ts'
import type { Fault, Said } from './fault.ts'
import type { Body, WorldEditor } from './world-editor.ts'

interface Who {
  readonly name: string
  readonly secret: string
  readonly version: string
  readonly suffix: string
}

const whos: readonly Who[] = [
  { name: 'receipts', secret: 'orders/smtp', suffix: 'Gh45Jk', version: '2b1f0c4e-8a37-4f0b-9d51-6c2e7a90d318' },
  { name: 'tax', secret: 'orders/tax-rates', suffix: 'Qw89Zx', version: '9e7d1a52-3c68-4b1f-8f02-1d4b6e5a7c90' },
]

/** As the kubelet writes what the driver answers. */
const mount = (says: string): Said => ({
  event: 'FailedMount',
  says: `MountVolume.SetUp failed for volume "secrets" : rpc error: code = Unknown desc = ${says}`,
})
const provided = ({ name }: Who, says: string): Said =>
  mount(`failed to mount secrets store objects for pod orders/${name}-7d4f9c6b8-x2v9q, err: rpc error: code = Unknown desc = ${says}`)
const masked = (who: Who): Said =>
  provided(who, `Failed to fetch secret from all regions. Verify secret exists and required permissions are granted for: ${who.secret}`)
const arnOf = ({ secret, suffix }: Who): string => `arn:aws:secretsmanager:${region}:${account}:secret:${secret}-${suffix}`
const noProvider = (who: Who): Said =>
  mount(
    `failed to mount secrets store objects for pod orders/${who.name}-7d4f9c6b8-x2v9q, err: error connecting to provider "aws": provider not found: provider "aws"`,
  )

interface Template {
  readonly name: string
  readonly breaks: (world: WorldEditor, who: Who) => unknown
  readonly says: (who: Who) => readonly Said[]
  readonly link: string
  readonly check: string
}

const classOf = (world: WorldEditor, { name }: Who, change: (spec: Body) => void) =>
  world.edit('k8s/SecretProviderClass', `orders/${name}`, body => change(body.spec))
const objectsOf = (world: WorldEditor, who: Who, change: (text: string) => string) =>
  classOf(world, who, spec => (spec.parameters.objects = change(spec.parameters.objects)))
const addField = (line: string) => (text: string) => text.replace('objectType: secretsmanager', `objectType: secretsmanager\n  ${line}`)
const shapes = (world: WorldEditor, { name }: Who, change: (spec: Body) => void): void => {
  world.edit('k8s/Deployment', `orders/${name}`, body => change(body.spec.template.spec))
  world.edit('k8s/Pod', `orders/${name}-7d4f9c6b8-x2v9q`, body => change(body.spec))
}
const driver = (world: WorldEditor, change: (body: Body) => void) =>
  world.edit('k8s/DaemonSet', 'kube-system/secrets-store-csi-driver', change)
const notMounted = (world: WorldEditor, { name }: Who) =>
  world.remove('k8s/SecretProviderClassPodStatus', `orders/${name}-7d4f9c6b8-x2v9q-orders-${name}`)
const aKey = (state: string): Body => ({
  Arn: `arn:aws:kms:${region}:${account}:key/00000000-1111-4222-8333-444444444444`,
  KeyId: '00000000-1111-4222-8333-444444444444',
  KeyManager: 'CUSTOMER',
  KeySpec: 'SYMMETRIC_DEFAULT',
  KeyState: state,
  Policy: {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:role/security` }, Action: 'kms:*', Resource: '*' }],
  },
  Grants: [],
  Aliases: [],
})
const encryptWith = (world: WorldEditor, who: Who, key: Body) => {
  world.add('aws/kms/Key', key.Arn, { account, region }, key)
  world.edit('aws/secretsmanager/Secret', arnOf(who), body => (body.KmsKeyId = key.Arn))
}
const allow = (world: WorldEditor, { name }: Who, action: string) =>
  world.edit('aws/iam/Role', roleArn(`orders-${name}`), body =>
    body.RolePolicyList[0].PolicyDocument.Statement.push({ Effect: 'Allow', Action: action, Resource: '*' }),
  )

const templates: readonly Template[] = [
  {
    name: 'class deleted',
    breaks: (world, { name }) => world.remove('k8s/SecretProviderClass', `orders/${name}`),
    says: ({ name }) => [
      mount(`failed to get secretproviderclass orders/${name}, error: SecretProviderClass.secrets-store.csi.x-k8s.io "${name}" not found`),
    ],
    link: 'class',
    check: 'class-missing',
  },
  {
    name: 'object type unknown',
    breaks: (world, who) => objectsOf(world, who, text => text.replace('secretsmanager', 'secret')),
    says: who => [provided(who, `Invalid objectType: secret`)],
    link: 'class',
    check: 'class-invalid',
  },
  {
    name: 'objects are no list',
    breaks: (world, who) => objectsOf(world, who, () => 'objectName: x: y'),
    says: who => [provided(who, 'Failed to load SecretProviderClass: yaml: mapping values are not allowed in this context')],
    link: 'class',
    check: 'class-invalid',
  },
  {
    name: 'ARN of another region',
    breaks: (world, who) =>
      objectsOf(world, who, text =>
        text.replace(/objectName: \S+/, `objectName: arn:aws:secretsmanager:eu-central-1:${account}:secret:${who.secret}-${who.suffix}`),
      ),
    says: who => [
      provided(
        who,
        `ARN region must match region eu-west-1: arn:aws:secretsmanager:eu-central-1:${account}:secret:${who.secret}-${who.suffix}`,
      ),
    ],
    link: 'class',
    check: 'class-invalid',
  },
  {
    name: 'volume not read-only',
    breaks: (world, who) => shapes(world, who, spec => (spec.volumes[0].csi.readOnly = false)),
    says: () => [mount('Readonly is not true in request')],
    link: 'volume',
    check: 'volume-incomplete',
  },
  {
    name: 'volume names no class',
    breaks: (world, who) => shapes(world, who, spec => (spec.volumes[0].csi.volumeAttributes = { other: 'x' })),
    says: () => [mount('secretProviderClass is not set')],
    link: 'volume',
    check: 'volume-incomplete',
  },
  {
    name: 'driver not on the node',
    breaks: world => {
      world.edit('k8s/CSINode', 'ip-10-0-1-17.eu-west-1.compute.internal', body => {
        body.spec.drivers = body.spec.drivers.filter(({ name }: Body) => name !== 'secrets-store.csi.k8s.io')
      })
      world.remove('k8s/Pod', 'kube-system/secrets-store-csi-driver-k1x7q')
    },
    says: () => [
      {
        event: 'FailedMount',
        says: 'MountVolume.SetUp failed for volume "secrets" : kubernetes.io/csi: mounter.SetUpAt failed to get CSI client: driver name secrets-store.csi.k8s.io not found in the list of registered CSI drivers',
      },
    ],
    link: 'driver',
    check: 'driver-absent-on-node',
  },
  {
    name: 'driver removed',
    breaks: world => {
      world.remove('k8s/CSIDriver', 'secrets-store.csi.k8s.io')
      world.remove('k8s/DaemonSet', 'kube-system/secrets-store-csi-driver')
      world.removeAll('k8s/Pod', body => body.metadata.name.startsWith('secrets-store-csi-driver-'))
      world.editAll(
        'k8s/CSINode',
        () => true,
        body => {
          body.spec.drivers = body.spec.drivers.filter(({ name }: Body) => name !== 'secrets-store.csi.k8s.io')
        },
      )
    },
    says: () => [
      {
        event: 'FailedMount',
        says: 'MountVolume.SetUp failed for volume "secrets" : kubernetes.io/csi: mounter.SetUpAt failed to get CSI client: driver name secrets-store.csi.k8s.io not found in the list of registered CSI drivers',
      },
    ],
    link: 'driver',
    check: 'driver-missing',
  },
  {
    name: 'provider removed',
    breaks: world => {
      world.remove('k8s/DaemonSet', 'kube-system/csi-secrets-store-provider-aws')
      world.removeAll('k8s/Pod', body => body.metadata.name.startsWith('csi-secrets-store-provider-aws-'))
    },
    says: who => [noProvider(who)],
    link: 'provider',
    check: 'provider-missing',
  },
  {
    name: 'provider not on the node',
    breaks: world => {
      world.edit(
        'k8s/Node',
        'ip-10-0-1-17.eu-west-1.compute.internal',
        body => (body.spec.taints = [{ key: 'team', value: 'data', effect: 'NoSchedule' }]),
      )
      world.edit('k8s/DaemonSet', 'kube-system/csi-secrets-store-provider-aws', body => {
        body.spec.template.spec.tolerations = []
        body.status = { ...body.status, desiredNumberScheduled: 1, currentNumberScheduled: 1, numberReady: 1 }
      })
      world.remove('k8s/Pod', 'kube-system/csi-secrets-store-provider-aws-k1x7q')
    },
    says: who => [noProvider(who)],
    link: 'provider',
    check: 'provider-absent-on-node',
  },
  {
    name: 'provider in another folder',
    breaks: world =>
      world.edit(
        'k8s/DaemonSet',
        'kube-system/csi-secrets-store-provider-aws',
        body => (body.spec.template.spec.volumes[0].hostPath.path = '/opt/providers'),
      ),
    says: who => [noProvider(who)],
    link: 'provider',
    check: 'provider-folder-differs',
  },
  {
    name: 'binding of another namespace',
    breaks: world =>
      world.edit(
        'k8s/ClusterRoleBinding',
        'csi-secrets-store-provider-aws-cluster-rolebinding',
        body => (body.subjects[0].namespace = 'aws-secrets'),
      ),
    says: who => [
      provided(
        who,
        `failed to get service account orders/${who.name}: serviceaccounts "${who.name}" is forbidden: User "system:serviceaccount:kube-system:csi-secrets-store-provider-aws" cannot get resource "serviceaccounts" in API group "" in the namespace "orders"`,
      ),
    ],
    link: 'provider',
    check: 'provider-account-unbound',
  },
  {
    name: 'no tokens requested',
    breaks: world => world.edit('k8s/CSIDriver', 'secrets-store.csi.k8s.io', body => delete body.spec.tokenRequests),
    says: who => [
      provided(
        who,
        'CSI token error: serviceAccount.tokens not provided - ensure tokenRequests is configured in CSIDriver - ensure tokenRequests is configured in CSIDriver spec',
      ),
    ],
    link: 'token',
    check: 'token-not-requested',
  },
  {
    name: 'one audience not requested',
    breaks: world =>
      world.edit('k8s/CSIDriver', 'secrets-store.csi.k8s.io', body => (body.spec.tokenRequests = [{ audience: 'pods.eks.amazonaws.com' }])),
    says: who => [
      provided(
        who,
        'IRSA token extraction failed: token for audience "sts.amazonaws.com" not found - ensure tokenRequests includes this audience in CSIDriver',
      ),
    ],
    link: 'token',
    check: 'token-not-requested',
  },
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
    link: '../irsa/trust',
    check: '../irsa/trust-does-not-match',
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
    name: 'path that is no JMESPath',
    breaks: (world, who) => objectsOf(world, who, addField('jmesPath: [{ path: pass-word, objectAlias: password }]')),
    says: who => [masked(who)],
    link: 'files',
    check: 'value-path-invalid',
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
  {
    name: 'rotation switched off, and nobody said anything',
    breaks: world =>
      driver(world, body => {
        const [container] = body.spec.template.spec.containers
        container.args = container.args.filter((argument: string) => !argument.includes('rotation'))
      }),
    says: () => [],
    link: 'rotation',
    check: 'rotation-off',
  },
  {
    name: 'rotation looks once in a month',
    breaks: world =>
      driver(world, body => {
        const [container] = body.spec.template.spec.containers
        container.args = container.args.map((argument: string) => argument.replace('=5m', '=800h'))
      }),
    says: () => [],
    link: 'rotation',
    check: 'rotation-interval-too-long',
  },
  {
    name: 'version pinned',
    breaks: (world, who) => objectsOf(world, who, addField(`objectVersion: ${who.version}`)),
    says: () => [],
    link: 'rotation',
    check: 'version-pinned',
  },
  {
    name: 'old version mounted',
    breaks: (world, who) =>
      world.edit('k8s/SecretProviderClassPodStatus', `orders/${who.name}-7d4f9c6b8-x2v9q-orders-${who.name}`, body => {
        body.status.objects[0].version = '00000000-0000-4000-8000-000000000000'
      }),
    says: () => [],
    link: 'version',
    check: 'mounted-version-stale',
  },
]

const named = (name: string): `${string}/${string}` =>
  (name.startsWith('../') ? name.slice(3) : `secrets-store/${name}`) as `${string}/${string}`

export const secretsFaults: readonly Fault[] = whos.flatMap(who =>
  templates.map(({ name, breaks, says, link, check }) => ({
    name: `secrets ${who.name}: ${name}`,
    of: `deploy/${who.name} in orders`,
    breaks: (world: WorldEditor) => {
      if (says(who).some(each => 'event' in each && each.event === 'FailedMount')) notMounted(world, who)
      return breaks(world, who)
    },
    says: says(who),
    expected: { link: named(link), check: named(check) },
  })),
)
