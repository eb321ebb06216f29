import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { apiRequest } from '../control-plane/api-request.ts'
import type { NodeCoordinates } from '../coordinates.ts'
import { apply } from '../irsa/workloads.ts'
import type { Lab } from '../lab.ts'
import { pauseImage } from '../node/configuration.ts'
import { startDaemon } from '../process/daemon.ts'
import { poll } from '../process/poll.ts'
import { run } from '../process/run.ts'

const name = 'eks-pod-identity-agent'
const labels = { 'app.kubernetes.io/name': name }
const address = '169.254.170.23'

/** The DaemonSet as EKS has it. Its pods do nothing: who answers is a process of ours in the network of the node. */
const daemonSet = {
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name, namespace: 'kube-system' },
  spec: {
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: { hostNetwork: true, containers: [{ name, image: pauseImage, imagePullPolicy: 'IfNotPresent' }] },
    },
  },
}

const environment = (region: string) => ({
  AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://${address}/v1/credentials`,
  AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: '/var/run/secrets/pods.eks.amazonaws.com/serviceaccount/eks-pod-identity-token',
  AWS_STS_REGIONAL_ENDPOINTS: 'regional',
  AWS_DEFAULT_REGION: region,
  AWS_REGION: region,
})

/** An expression that adds to a list, which may not be there. https://kubernetes.io/docs/reference/access-authn-authz/mutating-admission-policy/ */
const added = (list: string, path: string, items: readonly string[]): string =>
  `(has(${list}) ? [${items.map(item => `JSONPatch{op: "add", path: "${path}/-", value: ${item}}`).join(', ')}] : [JSONPatch{op: "add", path: "${path}", value: [${items.join(', ')}]}])`

/** What EKS's webhook does to pods of these service accounts: it knows associations, the lab's webhook does not. */
const injection = (namespace: string, serviceAccounts: readonly string[], region: string) => {
  const variables = Object.entries(environment(region)).map(
    ([key, value]) => `Object.spec.containers.env{name: "${key}", value: "${value}"}`,
  )
  const mount =
    'Object.spec.containers.volumeMounts{name: "eks-pod-identity-token", mountPath: "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount", readOnly: true}'
  const source =
    'Object.spec.volumes.projected.sources{serviceAccountToken: Object.spec.volumes.projected.sources.serviceAccountToken{audience: "pods.eks.amazonaws.com", expirationSeconds: 86400, path: "eks-pod-identity-token"}}'
  const volume = `Object.spec.volumes{name: "eks-pod-identity-token", projected: Object.spec.volumes.projected{sources: [${source}]}}`
  const patches = [
    added('object.spec.containers[0].env', '/spec/containers/0/env', variables),
    added('object.spec.containers[0].volumeMounts', '/spec/containers/0/volumeMounts', [mount]),
    added('object.spec.volumes', '/spec/volumes', [volume]),
  ]
  return [
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingAdmissionPolicy',
      metadata: { name: namespace },
      spec: {
        matchConstraints: {
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
          resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
        },
        matchConditions: [{ name: 'associated', expression: `object.spec.serviceAccountName in ${JSON.stringify(serviceAccounts)}` }],
        reinvocationPolicy: 'Never',
        failurePolicy: 'Fail',
        mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: patches.join(' + ') } }],
      },
    },
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingAdmissionPolicyBinding',
      metadata: { name: namespace },
      spec: { policyName: namespace },
    },
  ]
}

/** Lets pods of these service accounts get the roles of their associations, as on EKS. Answers what takes it away again. */
export async function installPodIdentity(
  lab: Lab & { readonly node: NodeCoordinates },
  namespace: string,
  serviceAccounts: readonly string[],
): Promise<() => Promise<void>> {
  const { node, runDirectory, clusterName } = lab
  const inNode = ['nsenter', '--target', String(node.namespacesOf), '--net', '--'] as const
  await run([...inNode, 'ip', 'address', 'replace', `${address}/32`, 'dev', 'lo'])
  const program = fileURLToPath(new URL('agent.ts', import.meta.url))
  const agent = await startDaemon({
    name,
    command: [...inNode, process.execPath, program, node.awsEndpoint, clusterName],
    env: {},
    cwd: runDirectory,
    log: join(runDirectory, 'log', `${name}.log`),
  })
  await apply(lab, [daemonSet, ...injection(namespace, serviceAccounts, lab.region)])
  await untilInjected(lab, namespace, serviceAccounts[0] ?? '')
  await lab.kubectl('rollout', 'status', `daemonset/${name}`, '-n', 'kube-system', '--timeout=60s')
  return async () => {
    await agent.stop()
    await run([...inNode, 'ip', 'address', 'delete', `${address}/32`, 'dev', 'lo'])
    await lab.kubectl('delete', 'mutatingadmissionpolicybinding,mutatingadmissionpolicy', namespace)
    await lab.kubectl('delete', 'daemonset', name, '-n', 'kube-system', '--wait=false')
  }
}

/** The API server takes a moment to hear of a policy: tries with dry runs of a pod. */
async function untilInjected(lab: Lab, namespace: string, serviceAccountName: string): Promise<void> {
  const securityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } }
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'trial', namespace },
    spec: {
      serviceAccountName,
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [{ name: 'trial', image: 'trial', securityContext }],
    },
  }
  const isInjected = async () => {
    const tried = await apiRequest(lab, 'POST', `/api/v1/namespaces/${namespace}/pods?dryRun=All`, { body: pod })
    if (tried.status !== 201) throw new Error(tried.body)
    return tried.body.includes('AWS_CONTAINER_CREDENTIALS_FULL_URI') ? true : undefined
  }
  await poll(isInjected, { what: 'pods to be injected for Pod Identity', timeoutMilliseconds: 20_000 })
}
