import { Readable } from 'node:stream'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { allKinds, isKubernetesKind, type AwsKind } from '#model/kinds.ts'
import { World } from '#model/world.ts'
import { awsOperations, awsPermissions } from '#sources/aws/operations.ts'
import { readAws } from '#sources/aws/read.ts'
import { readFiles } from '#sources/files/read-files.ts'
import { connectKubernetes } from '#sources/kubernetes/connect.ts'
import { kubernetesPermissions } from '#sources/kubernetes/permissions.ts'
import { readKubernetes } from '#sources/kubernetes/read.ts'
import { writeSnapshot } from '#sources/snapshot/write-snapshot.ts'
import type { AwsCredentials } from '../lab.ts'
import { describeLab } from '../shared-lab.ts'
import { makeIdentities, type Identities } from './make-identities.ts'

const kinds: readonly AwsKind[] = [
  'aws/ec2/Instance',
  'aws/ec2/VpcEndpoint',
  'aws/eks/AccessEntry',
  'aws/eks/Addon',
  'aws/eks/Cluster',
  'aws/eks/PodIdentityAssociation',
  'aws/iam/Group',
  'aws/iam/OpenIDConnectProvider',
  'aws/iam/Policy',
  'aws/iam/Role',
  'aws/iam/ServiceLastAccessed',
  'aws/iam/User',
  'aws/kms/Key',
  'aws/kms/KeyRotation',
  'aws/organizations/Organization',
  'aws/organizations/Policy',
  'aws/organizations/Target',
  'aws/s3/Bucket',
  'aws/secretsmanager/Secret',
]

/** What another call makes up for, or what is not called for named clusters. */
const replaced = new Set([
  'iam:GetAccountAuthorizationDetails of aws/iam/Role',
  'iam:GetPolicy of aws/iam/Policy',
  'iam:GetPolicyVersion of aws/iam/Policy',
])

/** For these the lab asks for another resource than AWS: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelastickubernetesservice.html */
const onAnything = [
  'eks:DescribeAccessEntry',
  'eks:DescribeAddon',
  'eks:DescribePodIdentityAssociation',
  'eks:ListAssociatedAccessPolicies',
  'iam:GenerateServiceLastAccessedDetails',
  'iam:GetOpenIDConnectProvider',
]

const isSettled = (action: string, kind: AwsKind) =>
  replaced.has(`${action} of ${kind}`) || action === 'eks:ListClusters' || (action === 'eks:DescribeCluster' && kind !== 'aws/eks/Cluster')

describeLab('the kinds that identity joints read', lab => {
  let identities: Identities
  beforeAll(async () => {
    identities = await makeIdentities(lab)
  })
  afterEach(() => vi.unstubAllEnvs())
  afterAll(() => identities.removeAddon())

  function read(asked: readonly AwsKind[], credentials: AwsCredentials = lab.adminCredentials) {
    const environment = {
      AWS_ENDPOINT_URL: lab.awsEndpoint,
      AWS_REGION: lab.region,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_SESSION_TOKEN: credentials.sessionToken ?? '',
      AWS_CONFIG_FILE: '/nonexistent',
      AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
    }
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
    const wanted = { roleArns: [identities.roleArn], buckets: ['kinds-shared', 'kinds-plain'] }
    return readAws({ kinds: asked, clusters: [{ name: lab.clusterName }], wanted })
  }

  describe('of the account', () => {
    test('are all there, with their policies, and go through a snapshot unchanged', async () => {
      const gathered = await read(kinds)
      expect(gathered.unread).toEqual([])
      const world = new World(gathered)
      const missing = kinds.filter(kind => world.seen(kind).length === 0)
      expect(missing).toEqual([])
      const place = { account: lab.accountId, region: lab.region, clusterName: lab.clusterName }
      const [association] = world.where('aws/eks/PodIdentityAssociation', 'serviceAccount', `${lab.clusterName}\nkinds/reader`, place)
      expect(association?.body).toMatchObject({ roleArn: identities.roleArn, disableSessionTags: true, policy: identities.policy })
      const [entry] = world.where('aws/eks/AccessEntry', 'principal', identities.roleArn, place)
      expect(entry?.body.associatedAccessPolicies).toMatchObject([{ accessScope: { type: 'namespace', namespaces: ['kinds'] } }])
      const key = world.find('aws/kms/Key', identities.keyArn)?.body
      expect([key?.Policy, key?.Grants?.length, key?.Aliases?.map(({ AliasName }) => AliasName)]).toEqual([
        expect.any(Object),
        1,
        ['alias/kinds'],
      ])
      expect(world.seen('aws/secretsmanager/Secret').map(({ body }) => [body.Name, body.ResourcePolicy])).toEqual(
        expect.arrayContaining([
          ['kinds-shared', expect.any(Object)],
          ['kinds-plain', null],
        ]),
      )
      expect(world.find('aws/s3/Bucket', 'arn:aws:s3:::kinds-plain')?.body.Policy).toBeNull()
      const text = writeSnapshot(world)
      expect(text).not.toContain('never-to-be-read')
      expect(writeSnapshot(new World(await readFiles(['-'], { stdin: Readable.from([text]) })))).toBe(text)
    })

    test('are read with the least policy as with every permission', async () => {
      const statements = awsPermissions(kinds).Statement.map(({ Sid: _, ...statement }) => statement)
      const scanner = await lab.iamRole([...statements, { Effect: 'Allow', Action: onAnything, Resource: '*' }])
      const [whole, least] = [await read(kinds), await read(kinds, scanner.credentials)]
      expect(least.unread).toEqual([])
      const ids = ({ resources }: typeof whole) => resources.map(({ kind, id }) => `${kind} ${id}`).sort()
      expect(ids(least)).toEqual(ids(whole))
    })

    test('are unread, never absent, for someone who may read nothing', async () => {
      const gathered = await read(kinds, (await lab.iamRole()).credentials)
      expect(gathered.resources).toEqual([])
      expect(gathered.read).toEqual([])
      expect(kinds.filter(kind => !gathered.unread.some(entry => entry.kind === kind))).toEqual([])
    })

    test.each(kinds)('%s: every action that is taken away is named', async kind => {
      const { needs } = awsOperations[kind]
      for (const { action } of needs) {
        if (isSettled(action, kind)) continue
        const left = needs.filter(need => need.action !== action).map(need => need.action)
        const scanner = await lab.iamRole(left.length === 0 ? undefined : [{ Effect: 'Allow', Action: left, Resource: '*' }])
        const { unread } = await read([kind], scanner.credentials)
        expect(
          unread.map(({ settle }) => (settle?.by === 'iam' ? settle.action : settle)),
          action,
        ).toContain(action)
      }
    })
  })

  test('of the cluster are read with the ClusterRole that is printed, aws-auth included and no other ConfigMap', async () => {
    const rules = kubernetesPermissions(allKinds.filter(isKubernetesKind))
    const named = { apiVersion: 'rbac.authorization.k8s.io/v1', metadata: { name: 'kinds-scan' } }
    await lab.kubectlApply(
      [
        { ...named, kind: 'ClusterRole', rules },
        {
          ...named,
          kind: 'ClusterRoleBinding',
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'kinds-scan' },
          subjects: [{ kind: 'User', name: 'user-29' }],
        },
        { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'aws-auth', namespace: 'kube-system' }, data: { mapRoles: '[]' } },
        {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: 'kinds-other', namespace: 'kube-system' },
          data: { password: 'never-to-be-read' },
        },
      ]
        .map(object => JSON.stringify(object))
        .join('\n---\n'),
    )
    const connection = await connectKubernetes({ kubeconfig: await lab.kubeconfigFor('user-29') })
    const gathered = await readKubernetes(connection, { kinds: allKinds.filter(isKubernetesKind), cluster: lab.clusterName })
    await lab.kubectl('delete', 'configmap', '-n', 'kube-system', 'aws-auth', 'kinds-other')
    expect(gathered.unread).toEqual([])
    const world = new World(gathered)
    expect(world.seen('k8s/ConfigMap').map(({ id }) => id)).toEqual(['kube-system/aws-auth'])
    expect(world.where('k8s/ClusterRoleBinding', 'subject', 'User/user-29', { cluster: lab.clusterName }).map(({ id }) => id)).toContain(
      'kinds-scan',
    )
    expect(JSON.stringify(gathered.resources)).not.toContain('never-to-be-read')
  })
})
