import { generateNetwork, networkKindsWritten, podAddress } from './generate-network.ts'

/** Sizes of a generated world. */
export interface WorldSize {
  readonly pods: number
  readonly serviceAccounts: number
  readonly roles: number
}

const account = '111122223333'
const issuer = 'oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B716D3041E'

/**
 * A world of ordinary shape as one YAML stream: Deployments of ten pods, service accounts that share roles, one chain in fifty broken.
 * The same size gives the same bytes.
 */
export function generateWorld(size: WorldSize): string {
  const documents = [header(), cluster(), provider(), webhook(), ...generateNetwork(size)]
  for (let index = 0; index < size.roles; index += 1) documents.push(role(index, size))
  for (let index = 0; index < size.serviceAccounts; index += 1) documents.push(serviceAccount(index, size), deployment(index))
  for (let index = 0; index < size.pods; index += 1) documents.push(pod(index, index % size.serviceAccounts, size))
  return documents.join('---\n')
}

/** How many resources `generateWorld` writes. */
export const resourceCount = (size: WorldSize): number =>
  3 + generateNetwork(size).length + size.roles + 2 * size.serviceAccounts + size.pods

const namespaceOf = (serviceAccountIndex: number): string => `team-${serviceAccountIndex % 40}`
const roleArn = (index: number): string => `arn:aws:iam::${account}:role/role-${index}`
const isBroken = (index: number): boolean => index % 50 === 7

const header = (): string => `kind: mortise/World
version: 1
cluster: bench
readAt: "2026-01-01T00:00:00Z"
read: [k8s/ServiceAccount, k8s/Deployment, k8s/StatefulSet, k8s/DaemonSet, k8s/ReplicaSet, k8s/CronJob, k8s/Job, k8s/Pod, k8s/Namespace, k8s/Node,
  k8s/Role, k8s/ClusterRole, k8s/RoleBinding, k8s/ClusterRoleBinding, k8s/ConfigMap, k8s/NetworkPolicy, k8s/MutatingWebhookConfiguration,
  aws/eks/Cluster, aws/eks/PodIdentityAssociation, aws/eks/AccessEntry, aws/eks/Addon, aws/ec2/Instance, aws/ec2/VpcEndpoint, aws/iam/Role, aws/iam/User,
  aws/iam/Group, aws/iam/Policy, aws/iam/OpenIDConnectProvider, aws/kms/Key, aws/s3/Bucket, aws/secretsmanager/Secret, aws/organizations/Organization,
  aws/organizations/Target, aws/organizations/Policy, ${networkKindsWritten.join(', ')}]
`

const cluster = (): string => `kind: aws/eks/Cluster
name: bench
arn: arn:aws:eks:eu-west-1:${account}:cluster/bench
resourcesVpcConfig: {vpcId: vpc-1, clusterSecurityGroupId: sg-0a0000000000000a1}
version: "1.35"
accessConfig: {authenticationMode: API, bootstrapClusterCreatorAdminPermissions: false}
identity:
  oidc:
    issuer: https://${issuer}
`

const provider = (): string => `kind: aws/iam/OpenIDConnectProvider
Arn: arn:aws:iam::${account}:oidc-provider/${issuer}
Url: ${issuer}
ClientIDList: [sts.amazonaws.com]
`

const webhook = (): string => `apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata:
  name: pod-identity-webhook
webhooks:
  - name: iam-for-pods.amazonaws.com
    clientConfig:
      service: {name: pod-identity-webhook, namespace: kube-system, path: /mutate}
      caBundle: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUJLRENCemdJQkFUQUtCZ2dxaGtqT1BRUURBakFmTVIwd0d3WURWUVFEREJSd2IyUXRhV1JsYm5ScGRIa3QKZDJWaWFHOXZhekFnRncweU5UQXhNREV3TURBd01EQmFHQTh5TVRJMU1ERXdNVEF3TURBd01Gb3dIekVkTUJzRwpBMVVFQXd3VWNHOWtMV2xrWlc1MGFYUjVMWGRsWW1odmIyc3dXVEFUQmdjcWhrak9QUUlCQmdncWhrak9QUU1CCkJ3TkNBQVJnVmt1U0ZFS21wWkNvaWdlSy9VQzBVSlJWam54NTg1bE8wL0kxY3V4cW1QSWRrTGJvaEVvK2daYmUKMnptdEVoblFtR2YzaGpCK0FIdUJKSnl4dloxTU1Bb0dDQ3FHU000OUJBTUNBMGtBTUVZQ0lRRCtxdlIwTlpITgppanpsUk5zdjgxZ1RabFh1THloYnhrM3pZNkRzRkwycFZBSWhBSkJaaVNIQmFXZTBxZGJQaG5WR2NQOXA0M2hQCk5DdXhmT3h6L25odXRKRDYKLS0tLS1FTkQgQ0VSVElGSUNBVEUtLS0tLQo=
    failurePolicy: Ignore
    rules:
      - {apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}
`

/** A role trusts every service account that names it: those whose index is congruent to its own. */
function role(index: number, size: WorldSize): string {
  const subjects: string[] = []
  for (let account = index; account < size.serviceAccounts; account += size.roles) {
    subjects.push(`system:serviceaccount:${namespaceOf(account)}:account-${isBroken(account) ? 'other' : account}`)
  }
  return `kind: aws/iam/Role
Arn: ${roleArn(index)}
RoleName: role-${index}
AssumeRolePolicyDocument:
  Version: "2012-10-17"
  Statement:
    - Effect: Allow
      Action: sts:AssumeRoleWithWebIdentity
      Principal: {Federated: "arn:aws:iam::${account}:oidc-provider/${issuer}"}
      Condition:
        StringEquals:
          "${issuer}:aud": sts.amazonaws.com
          "${issuer}:sub": [${subjects.map(subject => JSON.stringify(subject)).join(', ')}]
RolePolicyList:
  - PolicyName: work
    PolicyDocument:
      Version: "2012-10-17"
      Statement:
        - {Effect: Allow, Action: [s3:GetObject, s3:PutObject], Resource: "arn:aws:s3:::data-${index}/*"}
AttachedManagedPolicies: []
InstanceProfileList: []
`
}

const serviceAccount = (index: number, size: WorldSize): string => `apiVersion: v1
kind: ServiceAccount
metadata:
  name: account-${index}
  namespace: ${namespaceOf(index)}
  annotations:
    eks.amazonaws.com/role-arn: ${roleArn(index % size.roles)}
`

const deployment = (index: number): string => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: app-${index}
  namespace: ${namespaceOf(index)}
spec:
  replicas: 10
  selector: {matchLabels: {app: app-${index}}}
  template:
    metadata: {labels: {app: app-${index}}}
    spec:
      serviceAccountName: account-${index}
      containers:
        - {name: app, image: "registry.example/app:1.0.0", ports: [{containerPort: 8080}]}
`

const pod = (index: number, account: number, size: WorldSize): string => `apiVersion: v1
kind: Pod
metadata:
  name: app-${account}-5d8c7f9b6-${index}
  namespace: ${namespaceOf(account)}
  creationTimestamp: "2026-01-01T00:00:00Z"
  labels:
    app: app-${account}
    pod-template-hash: 5d8c7f9b6
  ownerReferences:
    - {apiVersion: apps/v1, kind: ReplicaSet, name: app-${account}-5d8c7f9b6, uid: uid-${account}, controller: true}
spec:
  nodeName: node-${index % 200}
  serviceAccountName: account-${account}
  containers:
    - name: app
      image: registry.example/app:1.0.0
      ports: [{containerPort: 8080}]
      env:
        - {name: AWS_STS_REGIONAL_ENDPOINTS, value: regional}
        - {name: AWS_ROLE_ARN, value: "${roleArn(account % size.roles)}"}
        - {name: AWS_WEB_IDENTITY_TOKEN_FILE, value: /var/run/secrets/eks.amazonaws.com/serviceaccount/token}
      volumeMounts:
        - {name: aws-iam-token, mountPath: /var/run/secrets/eks.amazonaws.com/serviceaccount, readOnly: true}
  volumes:
    - name: aws-iam-token
      projected:
        sources:
          - serviceAccountToken: {audience: sts.amazonaws.com, expirationSeconds: 86400, path: token}
status:
  phase: Running
  podIP: ${podAddress(index)}
`
