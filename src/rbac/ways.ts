/**
 * Rights in a namespace that yield the AWS role of one of its service accounts, as data. Sources: the API concepts pages of Kubernetes, its RBAC
 * good practices (https://kubernetes.io/docs/concepts/security/rbac-good-practices/) and the EKS pages on IRSA and Pod Identity.
 */
export interface Way {
  readonly id: string
  /** Any one of these suffices. */
  readonly rights: readonly Right[]
  readonly yields: Yield
  /** One step, or the first of several. */
  readonly steps: 'one' | 'several'
  /** Which roles it reaches: those that the service account's token assumes, those that the agent on the node hands out, or both. */
  readonly reaches: readonly ('irsa' | 'pod-identity')[]
  /** What must hold besides, in plain words. */
  readonly provided?: string
}

/**
 * `token`: a token of the service account. `run`: a new pod that runs as it. `enter`: code in a pod that runs as it already.
 * `redirect`: the role behind the service account is another. `act`: requests to the API server as somebody else. `rights`: more rights.
 * `node`: what runs on a node.
 */
export type Yield = 'token' | 'run' | 'enter' | 'redirect' | 'act' | 'rights' | 'node'

export interface Right {
  readonly verbs: readonly string[]
  readonly group: string
  readonly resource: string
  readonly subresource?: string
  /** Which object: the service account, one of the pods that run as it, some object of its namespace, the Namespace itself, or one of the cluster. */
  readonly on: 'serviceAccount' | 'pod' | 'namespaced' | 'namespace' | 'cluster'
  /** Not part of Kubernetes: counts only where the cluster has this CustomResourceDefinition. */
  readonly definition?: string
}

const both = ['irsa', 'pod-identity'] as const
const write = ['create', 'update', 'patch']
const change = ['update', 'patch']
const rbac = 'rbac.authorization.k8s.io'

const templates: readonly (readonly [group: string, plurals: string])[] = [
  ['apps', 'deployments daemonsets statefulsets replicasets'],
  ['batch', 'jobs cronjobs'],
  ['', 'replicationcontrollers'],
]

/** Well-known kinds that hold a pod template with a service account name. Others exist: any operator may define one. */
const customTemplates: readonly (readonly [group: string, plurals: string])[] = [
  ['argoproj.io', 'workflows cronworkflows rollouts'],
  ['tekton.dev', 'pipelineruns taskruns'],
  ['serving.knative.dev', 'services'],
  ['jobset.x-k8s.io', 'jobsets'],
  ['batch.volcano.sh', 'jobs'],
  ['ray.io', 'rayclusters rayjobs rayservices'],
  ['sparkoperator.k8s.io', 'sparkapplications scheduledsparkapplications'],
  ['kubeflow.org', 'pytorchjobs tfjobs mpijobs'],
]

const namespaced = (list: typeof templates, custom: boolean): readonly Right[] =>
  list.flatMap(([group, plurals]) =>
    plurals.split(' ').map((resource): Right => ({
      verbs: write,
      group,
      resource,
      on: 'namespaced',
      ...(custom ? { definition: `${resource}.${group}` } : {}),
    })),
  )

const admitted = 'admission policies let the pod name this service account'

export const ways: readonly Way[] = [
  {
    id: 'mint-token',
    rights: [{ verbs: ['create'], group: '', resource: 'serviceaccounts', subresource: 'token', on: 'serviceAccount' }],
    yields: 'token',
    steps: 'one',
    // Any audience may be asked for, so sts.amazonaws.com too, from outside the cluster as well.
    reaches: both,
    provided: 'for a Pod Identity role, eks-auth:AssumeRoleForPodIdentity with a token bound to a pod',
  },
  {
    id: 'create-pod',
    rights: [{ verbs: ['create'], group: '', resource: 'pods', on: 'namespaced' }],
    yields: 'run',
    steps: 'one',
    reaches: both,
    provided: admitted,
  },
  { id: 'write-workload', rights: namespaced(templates, false), yields: 'run', steps: 'one', reaches: both, provided: admitted },
  {
    id: 'write-custom-workload',
    rights: namespaced(customTemplates, true),
    yields: 'run',
    steps: 'one',
    reaches: both,
    provided: `its controller makes pods with that service account and ${admitted}`,
  },
  {
    id: 'exec',
    rights: [
      { verbs: ['create'], group: '', resource: 'pods', subresource: 'exec', on: 'pod' },
      { verbs: ['create'], group: '', resource: 'pods', subresource: 'attach', on: 'pod' },
    ],
    yields: 'enter',
    steps: 'one',
    reaches: both,
    provided: 'attach also needs a shell or the like on the container’s standard input',
  },
  {
    id: 'exec-by-get',
    // A WebSocket opens with GET. Since Kubernetes 1.35 `create` is asked for as well. https://github.com/kubernetes/kubernetes/issues/133515
    rights: [
      { verbs: ['get'], group: '', resource: 'pods', subresource: 'exec', on: 'pod' },
      { verbs: ['get'], group: '', resource: 'pods', subresource: 'attach', on: 'pod' },
    ],
    yields: 'enter',
    steps: 'one',
    reaches: both,
    provided: 'Kubernetes is older than 1.35',
  },
  {
    id: 'debug-container',
    rights: [{ verbs: change, group: '', resource: 'pods', subresource: 'ephemeralcontainers', on: 'pod' }],
    yields: 'enter',
    steps: 'one',
    reaches: both,
    provided: 'the container is given the target’s processes or mounts: EKS injects nothing into ephemeral containers',
  },
  {
    id: 'change-image',
    rights: [{ verbs: change, group: '', resource: 'pods', on: 'pod' }],
    yields: 'enter',
    steps: 'one',
    reaches: both,
    provided: 'the image of a running pod may be changed, to one that can be pulled',
  },
  {
    id: 'forward-port',
    rights: [
      { verbs: ['create', 'get'], group: '', resource: 'pods', subresource: 'portforward', on: 'pod' },
      { verbs: ['create', 'get'], group: '', resource: 'pods', subresource: 'proxy', on: 'pod' },
    ],
    yields: 'enter',
    steps: 'several',
    reaches: both,
    provided: 'something that listens in the pod gives its credentials away',
  },
  {
    id: 'annotate-account',
    rights: [{ verbs: change, group: '', resource: 'serviceaccounts', on: 'serviceAccount' }],
    yields: 'redirect',
    steps: 'several',
    reaches: ['irsa'],
    provided: 'another role trusts this service account',
  },
  {
    id: 'impersonate-account',
    rights: [{ verbs: ['impersonate'], group: '', resource: 'serviceaccounts', on: 'serviceAccount' }],
    yields: 'act',
    steps: 'several',
    reaches: both,
    provided: 'the service account itself has one of these ways',
  },
  {
    id: 'impersonate-account-constrained',
    rights: [{ verbs: ['impersonate:serviceaccount'], group: 'authentication.k8s.io', resource: 'serviceaccounts', on: 'serviceAccount' }],
    yields: 'act',
    steps: 'several',
    reaches: both,
    provided:
      'Kubernetes 1.36 or later, impersonate-on:serviceaccount:<verb> is allowed too, and the service account itself has one of these ways',
  },
  {
    id: 'impersonate-anybody',
    rights: [
      { verbs: ['impersonate'], group: '', resource: 'users', on: 'cluster' },
      { verbs: ['impersonate'], group: '', resource: 'groups', on: 'cluster' },
    ],
    yields: 'act',
    steps: 'several',
    reaches: both,
    provided:
      'the user may be impersonated whose rights, or whose named groups’ rights, are one of these ways; system:masters is such a group',
  },
  {
    id: 'read-secrets',
    rights: [{ verbs: ['get', 'list', 'watch'], group: '', resource: 'secrets', on: 'namespaced' }],
    yields: 'act',
    steps: 'several',
    // The audience of such a token is the API server, so STS refuses it.
    reaches: both,
    provided:
      'the namespace has a kubernetes.io/service-account-token secret of an account with one of these ways, or a secret with AWS keys',
  },
  {
    id: 'make-token-secret',
    rights: [{ verbs: ['create'], group: '', resource: 'secrets', on: 'namespaced' }],
    yields: 'act',
    steps: 'several',
    reaches: both,
    provided: 'it may read the secret too, and the service account itself has one of these ways',
  },
  {
    id: 'bind-role',
    rights: [{ verbs: write, group: rbac, resource: 'rolebindings', on: 'namespaced' }],
    yields: 'rights',
    steps: 'several',
    reaches: both,
    provided: 'it may bind a role with one of these rights, by bind or by having them (mayBind)',
  },
  {
    id: 'bind-cluster-role',
    rights: [{ verbs: write, group: rbac, resource: 'clusterrolebindings', on: 'cluster' }],
    yields: 'rights',
    steps: 'several',
    reaches: both,
    provided: 'it may bind a role with one of these rights, by bind or by having them (mayBind)',
  },
  {
    id: 'escalate-role',
    rights: [
      { verbs: ['escalate'], group: rbac, resource: 'roles', on: 'namespaced' },
      { verbs: ['escalate'], group: rbac, resource: 'clusterroles', on: 'cluster' },
    ],
    yields: 'rights',
    steps: 'several',
    reaches: both,
    provided: 'it may also write a role that is bound to it',
  },
  {
    id: 'change-admission',
    rights: [
      { verbs: write, group: 'admissionregistration.k8s.io', resource: 'mutatingwebhookconfigurations', on: 'cluster' },
      { verbs: write, group: 'admissionregistration.k8s.io', resource: 'mutatingadmissionpolicies', on: 'cluster' },
    ],
    yields: 'run',
    steps: 'several',
    reaches: both,
    provided: 'somebody creates a pod there afterwards',
  },
  {
    id: 'relabel-namespace',
    rights: [{ verbs: change, group: '', resource: 'namespaces', on: 'namespace' }],
    yields: 'rights',
    steps: 'several',
    reaches: both,
    provided: 'a label of the namespace is all that keeps pods or webhooks away',
  },
  {
    id: 'node-proxy',
    // Even GET runs commands: the kubelet's /exec and /run answer WebSockets. https://kubernetes.io/docs/concepts/security/rbac-good-practices/
    rights: [{ verbs: ['get', 'create'], group: '', resource: 'nodes', subresource: 'proxy', on: 'cluster' }],
    yields: 'node',
    steps: 'one',
    reaches: both,
    provided: 'a pod of this service account runs on a node that it names',
  },
  {
    id: 'steer-pods',
    rights: [{ verbs: change, group: '', resource: 'nodes', on: 'cluster' }],
    yields: 'node',
    steps: 'several',
    reaches: both,
    provided: 'it has a node already, and pods of this service account can be moved there by labels or taints',
  },
  {
    id: 'approve-certificate',
    rights: [
      { verbs: change, group: 'certificates.k8s.io', resource: 'certificatesigningrequests', subresource: 'approval', on: 'cluster' },
    ],
    yields: 'act',
    steps: 'several',
    reaches: both,
    provided: 'it may create requests and approve for a signer of client certificates; EKS signs none for users',
  },
]
