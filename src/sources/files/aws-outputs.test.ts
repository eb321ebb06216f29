import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { World } from '#model/world.ts'
import { writeSnapshot } from '#sources/snapshot/write-snapshot.ts'
import { readFiles } from './read-files.ts'

const read = (...documents: readonly unknown[]) => {
  const text = documents.map(document => (typeof document === 'string' ? document : JSON.stringify(document, null, 2))).join('\n---\n')
  return readFiles(['-'], { stdin: Readable.from([text]) })
}
const found = async (...documents: readonly unknown[]) => {
  const gathered = await read(...documents)
  return {
    gathered,
    ids: gathered.resources.map(({ kind, id }) => `${kind} ${id}`),
    bodies: gathered.resources.map(({ body }) => body as Record<string, unknown>),
  }
}

const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }] }
const account = '111122223333'
const place = { account, region: 'eu-west-1', clusterName: 'prod' }

const association = {
  clusterName: 'prod',
  namespace: 'payments',
  serviceAccount: 'reader',
  associationArn: `arn:aws:eks:eu-west-1:${account}:podidentityassociation/prod/a-1`,
  associationId: 'a-1',
}
const entryArn = `arn:aws:eks:eu-west-1:${account}:access-entry/prod/role/${account}/admin/1`
const keyArn = `arn:aws:kms:eu-west-1:${account}:key/k-1`
const secretArn = `arn:aws:secretsmanager:eu-west-1:${account}:secret:db-AbCdEf`

describe('outputs of the AWS CLI', () => {
  it('name a Pod Identity association, or tell it in full', async () => {
    const listed = await found({ associations: [association] })
    expect(listed.gathered.resources[0]?.scope).toEqual(place)
    expect(listed.gathered.read).toEqual([])
    const told = { ...association, roleArn: `arn:aws:iam::${account}:role/r`, policy: JSON.stringify(policy), disableSessionTags: true }
    const { gathered } = await found({ associations: [association] }, { association: told })
    expect(gathered.problems).toEqual([])
    const world = new World({ ...gathered, read: [{ kind: 'aws/eks/PodIdentityAssociation', scope: place }] })
    const [only] = world.where('aws/eks/PodIdentityAssociation', 'serviceAccount', 'prod\npayments/reader', place)
    expect(only?.body).toEqual({ ...told, policy })
    expect(() => world.list('aws/eks/PodIdentityAssociation', { account, region: 'eu-west-1' })).toThrow('was not read')
    expect(world.find('aws/eks/PodIdentityAssociation', `arn:aws:eks:eu-west-1:${account}:podidentityassociation/prod/a-2`)).toBeUndefined()
    expect(() => world.find('aws/eks/PodIdentityAssociation', `arn:aws:eks:eu-west-1:${account}:podidentityassociation/test/a-2`)).toThrow()
  })

  it('join an access entry and its policies, whichever comes first', async () => {
    const entry = {
      clusterName: 'prod',
      principalArn: `arn:aws:iam::${account}:role/admin`,
      accessEntryArn: entryArn,
      kubernetesGroups: [],
      type: 'STANDARD',
    }
    const associatedAccessPolicies = [
      { policyArn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy', accessScope: { type: 'namespace', namespaces: ['a'] } },
    ]
    const { gathered, bodies } = await found(
      { clusterName: 'prod', principalArn: entry.principalArn, associatedAccessPolicies },
      { accessEntry: entry },
    )
    expect(bodies).toEqual([{ ...entry, associatedAccessPolicies }])
    expect(gathered.resources[0]?.origin.locate(['associatedAccessPolicies', 0, 'policyArn'], 'value')).toMatchObject({ line: 6 })
    expect(gathered.resources[0]?.origin.locate(['type'], 'value')).toMatchObject({ line: 23 })
  })

  it('hold users, groups and policies beside roles', async () => {
    const { ids, bodies, gathered } = await found({
      UserDetailList: [
        {
          Arn: `arn:aws:iam::${account}:user/u`,
          UserName: 'u',
          UserPolicyList: [{ PolicyName: 'p', PolicyDocument: encodeURIComponent(JSON.stringify(policy)) }],
        },
      ],
      GroupDetailList: [
        { Arn: `arn:aws:iam::${account}:group/g`, GroupName: 'g', GroupPolicyList: [{ PolicyName: 'p', PolicyDocument: policy }] },
      ],
      RoleDetailList: [],
      Policies: [],
    })
    expect(ids).toEqual([`aws/iam/User arn:aws:iam::${account}:user/u`, `aws/iam/Group arn:aws:iam::${account}:group/g`])
    expect(bodies[0]).toMatchObject({ UserPolicyList: [{ PolicyDocument: policy }] })
    expect(gathered.read.map(({ kind }) => kind)).toEqual(['aws/iam/User', 'aws/iam/Group'])
  })

  it('say of instances and endpoints what their ARN is', async () => {
    const instance = {
      InstanceId: 'i-1',
      Placement: { AvailabilityZone: 'cn-north-1a' },
      MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 1 },
    }
    const endpoint = {
      VpcEndpointId: 'vpce-1',
      OwnerId: account,
      ServiceName: 'com.amazonaws.us-gov-west-1.sts',
      PolicyDocument: JSON.stringify(policy),
    }
    const { ids, gathered } = await found({ Reservations: [{ OwnerId: account, Instances: [instance] }] }, { VpcEndpoints: [endpoint] })
    expect(ids).toEqual([
      `aws/ec2/Instance arn:aws-cn:ec2:cn-north-1:${account}:instance/i-1`,
      `aws/ec2/VpcEndpoint arn:aws-us-gov:ec2:us-gov-west-1:${account}:vpc-endpoint/vpce-1`,
    ])
    expect(gathered.resources[1]?.body).toMatchObject({ PolicyDocument: policy })
    expect(gathered.read).toEqual([])
  })

  it('join a key and its grants, a secret and its policy; never hold a value', async () => {
    const grant = { KeyId: keyArn, GrantId: 'g', GranteePrincipal: 'arn', Operations: ['Decrypt'] }
    const { bodies, gathered } = await found(
      { KeyMetadata: { KeyId: 'k-1', Arn: keyArn, Enabled: true } },
      { KeyId: keyArn, KeyRotationEnabled: true, RotationPeriodInDays: 365 },
      { Grants: [grant] },
      { ARN: secretArn, Name: 'db', KmsKeyId: keyArn },
      { ARN: secretArn, Name: 'db', ResourcePolicy: JSON.stringify(policy) },
      { ARN: secretArn, Name: 'db', VersionId: 'v', SecretString: 'hunter2' },
      { kind: 'aws/secretsmanager/Secret', ARN: `${secretArn}2`, Name: 'other', SecretString: 'hunter2', ResourcePolicy: null },
    )
    expect(bodies).toEqual([
      { KeyId: 'k-1', Arn: keyArn, Enabled: true, Grants: [grant] },
      { Arn: keyArn, KeyId: keyArn, KeyRotationEnabled: true, RotationPeriodInDays: 365 },
      { ARN: secretArn, Name: 'db', KmsKeyId: keyArn, ResourcePolicy: policy },
      { ARN: `${secretArn}2`, Name: 'other', ResourcePolicy: null },
    ])
    expect(JSON.stringify(gathered)).not.toContain('hunter2')
    expect(gathered.problems).toEqual([])
  })

  it('that tell a part of what was not read are reported', async () => {
    const { gathered } = await found({ Policy: JSON.stringify(policy), PolicyName: 'default' }, { ARN: secretArn, Name: 'db' })
    expect(gathered.problems.map(({ code }) => code)).toEqual(['PART_WITHOUT_WHOLE', 'PART_WITHOUT_WHOLE'])
    expect(gathered.unread.map(({ kind }) => kind)).toEqual(['aws/secretsmanager/Secret'])
  })
})

describe('kinds', () => {
  const saved = `kind: mortise/World
version: 1
cluster: prod
read:
  - kind: aws/eks/PodIdentityAssociation
    account: '${account}'
    region: eu-west-1
    clusterName: prod
  - kind: k8s/ConfigMap
    cluster: prod
    id: kube-system/aws-auth
---
kind: aws/ec2/Instance
account: '${account}'
region: eu-west-1
InstanceId: i-1
---
kind: aws/s3/Bucket
account: '${account}'
region: eu-west-1
Name: reports
Policy: null
---
kind: aws/organizations/Target
account: '999988887777'
Id: '${account}'
Type: ACCOUNT
ParentId: r-ab12
ServiceControlPolicies: [p-FullAWSAccess]
---
kind: aws/organizations/Target
Id: r-ab12
Type: ROOT
OrganizationArn: arn:aws:organizations::999988887777:organization/o-1
---
kind: aws/organizations/Policy
Id: p-1
Arn: arn:aws:organizations::999988887777:policy/o-1/service_control_policy/p-1
Content: '{"Version": "2012-10-17"}'
---
apiVersion: v1
kind: ConfigMap
metadata: {name: aws-auth, namespace: kube-system}
data:
  mapRoles: "- rolearn: arn:aws:iam::${account}:role/node"
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: kube-system}
data: {password: hunter2}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: b, namespace: a}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit}
subjects: [{kind: ServiceAccount, namespace: a, name: x}, {kind: User, name: jane}]
`

  it('go through a snapshot unchanged, ConfigMaps but for aws-auth excepted', async () => {
    const first = await read(saved)
    expect(first.problems).toEqual([])
    expect([...first.ignored]).toEqual([['v1/ConfigMap', 1]])
    expect(first.resources.map(({ id }) => id)).toEqual([
      `arn:aws:ec2:eu-west-1:${account}:instance/i-1`,
      'arn:aws:s3:::reports',
      account,
      'r-ab12',
      'p-1',
      'kube-system/aws-auth',
      'a/b',
    ])
    const text = writeSnapshot(new World(first))
    const again = await read(text)
    expect(writeSnapshot(new World(again))).toBe(text)
    const plain = ({ resources }: typeof first) => new Map(resources.map(({ kind, id, scope, body }) => [`${kind} ${id}`, { scope, body }]))
    expect(plain(again)).toEqual(plain(first))
    expect(again.read).toEqual(first.read)
  })

  it('are found by several values of one index', async () => {
    const gathered = await read(saved)
    const world = new World({ ...gathered, read: [{ kind: 'k8s/RoleBinding' }] })
    for (const subject of ['ServiceAccount/a/x', 'User/jane'])
      expect(world.where('k8s/RoleBinding', 'subject', subject).map(({ id }) => id)).toEqual(['a/b'])
    expect(world.where('k8s/RoleBinding', 'role', 'ClusterRole/edit')).toHaveLength(1)
  })

  it('of which one object counts are complete when that one is there', async () => {
    const gathered = await readFiles(['-'], { stdin: Readable.from([saved]), complete: true })
    const world = new World(gathered)
    expect(world.find('k8s/ConfigMap', 'kube-system/aws-auth', { cluster: 'prod' })).toBeDefined()
    expect(() => world.list('k8s/ConfigMap', { cluster: 'prod' })).toThrow()
  })

  it('a broken ConfigMap that cannot be aws-auth hides nothing', async () => {
    const broken = (name: string) => read(`apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata: {{ .Values.data }}\n : [\n`)
    expect((await broken('settings')).unread).toEqual([])
    expect((await broken('aws-auth')).unread).toMatchObject([{ kind: 'k8s/ConfigMap' }])
  })
})
