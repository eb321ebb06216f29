import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import irsa from '#joints/irsa/joint.ts'
import podIdentity from '#joints/pod-identity/joint.ts'
import { decryptContext } from '#joints/secrets-store/keys.ts'
import { accessAllowed } from '../../tests/blueprints/access-allowed.ts'
import { faultsOf, made, undone, wholeWorld } from '../../tests/blueprints/made-world.ts'

const cluster = `
kind: aws/eks/Cluster
name: prod
arn: arn:aws:eks:eu-west-1:111122223333:cluster/prod
version: "1.33"
status: ACTIVE
identity: { oidc: { issuer: "https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE" } }
resourcesVpcConfig: { vpcId: vpc-0a }
kubernetesNetworkConfig: { ipFamily: ipv4 }
---
kind: aws/secretsmanager/Secret
ARN: arn:aws:secretsmanager:eu-west-1:111122223333:secret:payments/db-AbCdEf
Name: payments/db
KmsKeyId: arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab
ResourcePolicy: null
---
kind: aws/secretsmanager/Secret
ARN: arn:aws:secretsmanager:eu-west-1:111122223333:secret:payments/db-other-AbCdEg
Name: payments/db-other
KmsKeyId: arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab
ResourcePolicy: null
---
kind: aws/ssm/Parameter
ARN: arn:aws:ssm:eu-west-1:111122223333:parameter/shop/url
Name: /shop/url
Type: SecureString
KeyId: alias/parameters
---
`
/** As EKS has it. */
const webhook = `${readFileSync(new URL('../../examples/shop/live/webhook.yaml', import.meta.url), 'utf8')}\n---\n`
const account = 'arn:aws:iam::111122223333:root'
const key = (statements: string, id = '1234abcd-12ab-34cd-56ef-1234567890ab', alias = 'secrets') => `
kind: aws/kms/Key
Arn: arn:aws:kms:eu-west-1:111122223333:key/${id}
KeyId: ${id}
KeyManager: CUSTOMER
KeyState: Enabled
Grants: []
Aliases: [{ AliasName: alias/${alias}, AliasArn: "arn:aws:kms:eu-west-1:111122223333:alias/${alias}", TargetKeyId: ${id} }]
Policy:
  Version: "2012-10-17"
  Statement: [${statements}]
---
`
const delegating = `{ Effect: Allow, Principal: { AWS: "${account}" }, Action: "kms:*", Resource: "*" }`
const parameterKey = key(delegating, 'aaaaabcd-12ab-34cd-56ef-1234567890ab', 'parameters')
const deployment = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: api, namespace: payments, labels: { app: api } }
spec:
  selector: { matchLabels: { app: api } }
  template:
    metadata: { labels: { app: api } }
    spec: { serviceAccountName: reader, containers: [{ name: api, image: api }] }
---
apiVersion: v1
kind: Pod
metadata:
  name: api-1
  namespace: payments
  uid: one
  labels: { app: api }
  creationTimestamp: "2026-11-01T00:00:00Z"
  ownerReferences: [{ apiVersion: apps/v1, kind: Deployment, name: api, uid: two, controller: true }]
spec: { serviceAccountName: reader, nodeName: ip-10-0-0-1, containers: [{ name: api, image: api }] }
status: { phase: Running }
---
`
const node = (action = 'eks-auth:AssumeRoleForPodIdentity') => `
apiVersion: v1
kind: Node
metadata: { name: ip-10-0-0-1, labels: { kubernetes.io/os: linux } }
spec: { providerID: aws:///eu-west-1a/i-0a }
---
kind: aws/ec2/Instance
Arn: arn:aws:ec2:eu-west-1:111122223333:instance/i-0a
InstanceId: i-0a
IamInstanceProfile: { Arn: "arn:aws:iam::111122223333:instance-profile/nodes" }
MetadataOptions: { HttpTokens: required, HttpPutResponseHopLimit: 1, HttpEndpoint: enabled }
---
kind: aws/iam/Role
Arn: arn:aws:iam::111122223333:role/nodes
RoleName: nodes
InstanceProfileList: [{ Arn: "arn:aws:iam::111122223333:instance-profile/nodes" }]
AssumeRolePolicyDocument: { Version: "2012-10-17", Statement: [{ Effect: Allow, Principal: { Service: ec2.amazonaws.com }, Action: "sts:AssumeRole" }] }
RolePolicyList: [{ PolicyName: node, PolicyDocument: { Version: "2012-10-17", Statement: [{ Effect: Allow, Action: "${action}", Resource: "*" }] } }]
AttachedManagedPolicies: []
---
`
const world = (...parts: readonly string[]) => wholeWorld([cluster, webhook, key(delegating), parameterKey, ...parts].join('\n'))
const blueprint = (identity: string) => `
cluster: prod
workloads:
  payments/reader:
    ${identity}
    reads: [secret/payments/db, parameter/shop/url, s3/reports/*]
`
const titlesOf = (steps: readonly { readonly title: string }[]) => steps.map(({ title }) => title)

test('IRSA is made from nothing: provider, role, annotation, and pods that have it; then it holds, and taken back nothing is left', async () => {
  const before = await world(deployment, node())
  const { steps, world: after } = made(before, blueprint('identity: irsa'), 'irsa', 'pod-identity')
  expect(titlesOf(steps)).toEqual([
    'create namespace payments',
    'create service account payments/reader',
    'create the OIDC provider of oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE',
    'create role prod-payments-reader',
    'let payments/reader ask for role prod-payments-reader',
    'replace the pods of deploy/api in payments',
  ])
  expect(faultsOf(irsa, after)).toEqual([])
  expect(made(after, blueprint('identity: irsa'), 'irsa', 'pod-identity').steps).toEqual([])
  const back = undone(after, steps)
  expect(back.seen('aws/iam/Role').map(({ id }) => id)).toEqual(before.seen('aws/iam/Role').map(({ id }) => id))
  expect(back.seen('aws/iam/OpenIDConnectProvider')).toEqual([])
})

test('Pod Identity is made from nothing: agent, role, association; the role reads what is declared and no neighbour of it', async () => {
  const { steps, world: after } = made(await world(deployment, node()), blueprint(''), 'irsa', 'pod-identity')
  expect(titlesOf(steps)).toEqual([
    'install add-on eks-pod-identity-agent',
    'create namespace payments',
    'create service account payments/reader',
    'create role prod-payments-reader',
    'give payments/reader the role prod-payments-reader',
    'replace the pods of deploy/api in payments',
  ])
  expect(steps.find(({ because }) => because !== undefined)?.because).toBe('pod-identity, since the cluster has its agent')
  expect(faultsOf(podIdentity, after)).toEqual([])
  expect(made(after, blueprint(''), 'irsa', 'pod-identity').steps).toEqual([])
  const may = (action: string, resource: string) => accessAllowed(after, 'payments/reader', action, resource)
  const secret = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:payments/db'
  expect([
    may('secretsmanager:GetSecretValue', `${secret}-AbCdEf`),
    may('secretsmanager:GetSecretValue', `${secret}-other-AbCdEg`),
    may('secretsmanager:PutSecretValue', `${secret}-AbCdEf`),
    may('ssm:GetParameter', 'arn:aws:ssm:eu-west-1:111122223333:parameter/shop/url'),
    may('ssm:GetParameter', 'arn:aws:ssm:eu-west-1:111122223333:parameter/shop/urls'),
  ]).toEqual(['allow', 'implicitDeny', 'implicitDeny', 'allow', 'implicitDeny'])
})

test('a key is used through the service and for the secret alone, by the identity policy and by the key policy where that does not delegate', async () => {
  const closed = `{ Effect: Allow, Principal: { AWS: "arn:aws:iam::111122223333:role/keeper" }, Action: "kms:*", Resource: "*" }`
  const before = await wholeWorld([cluster, key(closed), parameterKey].join('\n'))
  const { steps, world: after } = made(before, blueprint('identity: pod-identity'), 'irsa', 'pod-identity')
  expect(titlesOf(steps)).toContain('let role prod-payments-reader decrypt with key/1234abcd-12ab-34cd-56ef-1234567890ab')
  const [secret, other] = after.seen('aws/secretsmanager/Secret')
  const caller = {
    principal: { kind: 'roleSession', roleArn: 'arn:aws:iam::111122223333:role/prod-payments-reader', sessionName: 's' },
  } as never
  const may = (stored: typeof secret, further: object = {}) => {
    if (stored === undefined) throw new Error('two secrets')
    const context = { ...decryptContext({ stored }, { caller }), ...further }
    return accessAllowed(after, 'payments/reader', 'kms:Decrypt', stored.body.KmsKeyId ?? '', context)
  }
  expect([may(secret), may(other), may(secret, { 'kms:ViaService': null })]).toEqual(['allow', 'implicitDeny', 'implicitDeny'])
  expect(made(after, blueprint('identity: pod-identity'), 'irsa', 'pod-identity').steps).toEqual([])
})

test.each([
  [
    'a node of Fargate alone',
    '',
    'apiVersion: v1\nkind: Node\nmetadata: { name: f, labels: { eks.amazonaws.com/compute-type: fargate } }\n---\n',
    'irsa, since the cluster has nodes of Fargate or Windows alone',
  ],
  [
    'a Fargate profile for the namespace',
    '',
    'kind: aws/eks/FargateProfile\nfargateProfileArn: arn:aws:eks:eu-west-1:111122223333:fargateprofile/prod/all/a\nfargateProfileName: all\nclusterName: prod\nselectors: [{ namespace: "pay*" }]\n---\n',
    'irsa, since Fargate profile all takes its pods',
  ],
  [
    'a template for Windows',
    '',
    deployment.replace('containers:', 'nodeSelector: { kubernetes.io/os: windows }, containers:'),
    'irsa, since its pods run on Windows',
  ],
])('IRSA is chosen for %s', async (_name, identity, parts, because) => {
  const { steps } = made(await world(parts), blueprint(identity), 'irsa', 'pod-identity')
  expect(steps.flatMap(step => step.because ?? [])).toEqual([`${because}, where EKS Pod Identity is not offered`])
})

test('a service account that has a role keeps it, whichever way it goes, and what the role trusts already stays', async () => {
  const annotated = `
apiVersion: v1
kind: Namespace
metadata: { name: payments }
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: reader
  namespace: payments
  annotations: { eks.amazonaws.com/role-arn: "arn:aws:iam::111122223333:role/old" }
---
kind: aws/iam/Role
Arn: arn:aws:iam::111122223333:role/old
RoleName: old
AssumeRolePolicyDocument: { Version: "2012-10-17", Statement: [{ Effect: Allow, Principal: { Service: ec2.amazonaws.com }, Action: "sts:AssumeRole" }] }
RolePolicyList: [{ PolicyName: theirs, PolicyDocument: { Version: "2012-10-17", Statement: [] } }]
AttachedManagedPolicies: []
InstanceProfileList: []
---
`
  for (const [identity, joint] of [
    ['', irsa],
    ['identity: pod-identity', podIdentity],
  ] as const) {
    const { steps, world: after } = made(await world(annotated), blueprint(identity), 'irsa', 'pod-identity')
    expect(titlesOf(steps)).toContain('let pods of payments/reader have role old')
    expect(steps.find(({ title }) => title.startsWith('let pods'))?.change.risk).toContain('The role is not of Mortise')
    const role = after.find('aws/iam/Role', 'arn:aws:iam::111122223333:role/old')
    expect(JSON.stringify(role?.body.AssumeRolePolicyDocument)).toContain('ec2.amazonaws.com')
    expect(role?.body.RolePolicyList?.map(({ PolicyName }) => PolicyName)).toEqual(['theirs', 'mortise'])
    expect(faultsOf(joint, after).filter(fault => !fault.includes('role-shared-with-others'))).toEqual([])
    expect(made(after, blueprint(identity), 'irsa', 'pod-identity').steps).toEqual([])
  }
})

test('an association that is not ours is not deleted for IRSA, and one of ours is', async () => {
  const association = (tags: string) => `
kind: aws/eks/PodIdentityAssociation
associationArn: arn:aws:eks:eu-west-1:111122223333:podidentityassociation/prod/a-1
associationId: a-1
clusterName: prod
namespace: payments
serviceAccount: reader
roleArn: arn:aws:iam::111122223333:role/prod-payments-reader
tags: ${tags}
---
`
  const theirs = await world(association('{}'))
  expect(() => made(theirs, blueprint('identity: irsa'), 'irsa', 'pod-identity')).toThrow('an association goes before irsa')
  const { steps } = made(await world(association('{ managed-by: mortise }')), blueprint('identity: irsa'), 'irsa', 'pod-identity')
  expect(titlesOf(steps)).toContain('delete the association of payments/reader')
})

test('the role of nodes is given what the agent asks for, where it lacks it', async () => {
  const { steps, world: after } = made(await world(deployment, node('ec2:DescribeInstances')), blueprint(''), 'irsa', 'pod-identity')
  expect(titlesOf(steps)).toContain('let nodes with role nodes ask for the credentials of their pods')
  expect(faultsOf(podIdentity, after)).toEqual([])
})

test('what denies the role from outside is said, at its place, and nothing is planned for it', async () => {
  const denied = await world(`
kind: aws/s3/Bucket
Arn: arn:aws:s3:::reports
Name: reports
account: "111122223333"
region: eu-west-1
Policy: null
PublicAccessBlockConfiguration: null
OwnershipControls: null
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: reader, namespace: payments, annotations: { eks.amazonaws.com/role-arn: "arn:aws:iam::111122223333:role/bound" } }
---
kind: aws/iam/Role
Arn: arn:aws:iam::111122223333:role/bound
RoleName: bound
AssumeRolePolicyDocument: { Version: "2012-10-17", Statement: [] }
PermissionsBoundary: { PermissionsBoundaryArn: "arn:aws:iam::111122223333:policy/narrow", PermissionsBoundaryType: Policy }
RolePolicyList: []
AttachedManagedPolicies: []
InstanceProfileList: []
---
kind: aws/iam/Policy
Arn: arn:aws:iam::111122223333:policy/narrow
PolicyVersionList: [{ IsDefaultVersion: true, VersionId: v1, Document: { Version: "2012-10-17", Statement: [{ Effect: Allow, Action: "s3:*", Resource: "*" }] } }]
---
`)
  expect(() => made(denied, blueprint('identity: irsa'), 'irsa')).toThrow(
    expect.objectContaining({ code: 'CANNOT_HOLD', where: 'mortise.yaml:6:13' }) as Error,
  )
})
