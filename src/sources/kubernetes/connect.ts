import { authorizer } from './authorizer.ts'
import { eksIdentity, type EksIdentity } from './eks-identity.ts'
import { chooseConfig, type ChosenConfig } from './kubeconfig.ts'
import { reach, type RawAnswer, type RawRequest } from './transport.ts'

export interface KubernetesConnection {
  /** The EKS name where the kubeconfig tells it, else the kubeconfig's own name for the cluster. */
  readonly clusterName: string
  readonly server: string
  readonly context: string
  /** The namespace that the context works in, when it names one. */
  readonly namespace?: string
  /** Which EKS cluster this is, as far as the kubeconfig tells. */
  readonly eks?: EksIdentity
  /**
   * One GET, as the API server answers it; no retries.
   * @param accept the media type; JSON when it is not said
   * @throws UserError `CLUSTER_UNREACHABLE` when nothing answers, `KUBERNETES_UNAUTHORIZED` when the credentials are not accepted,
   * `KUBERNETES_CREDENTIALS` when they cannot be obtained.
   */
  get(path: string, signal: AbortSignal, accept?: string): Promise<RawAnswer>
  /** Any request, as `get`. */
  send(request: RawRequest, signal: AbortSignal): Promise<RawAnswer>
}

export interface ConnectOptions {
  readonly kubeconfig?: string
  readonly context?: string
  /** How long one request may take, milliseconds. */
  readonly requestTimeout?: number
}

/**
 * Finds the cluster and its credentials. Nothing is sent yet; the client library is loaded here and not before.
 * @throws UserError for a kubeconfig that is missing or cannot be used, and for an unknown context.
 */
export async function connectKubernetes(options: ConnectOptions = {}): Promise<KubernetesConnection> {
  const client = await import('@kubernetes/client-node')
  const chosen = chooseConfig(client, options)
  const { context, cluster, user } = chosen
  const eks = identityOf(chosen)
  const authorize = authorizer(client, chosen)
  const facts = { server: cluster.server, user: user?.name, timeout: options.requestTimeout ?? 30_000 }
  return {
    clusterName: eks?.name ?? (cluster.name === 'inCluster' ? 'in-cluster' : cluster.name),
    server: cluster.server,
    context: context.name,
    ...(context.namespace === undefined ? {} : { namespace: context.namespace }),
    ...(eks === undefined ? {} : { eks }),
    get: (path, signal, accept) =>
      reach(client, authorize, facts, { method: 'GET', path, ...(accept === undefined ? {} : { accept }) }, signal),
    send: (request, signal) => reach(client, authorize, facts, request, signal),
  }
}

const identityOf = ({ context, cluster, user }: ChosenConfig) =>
  eksIdentity({
    context: context.name,
    cluster: cluster.name,
    server: cluster.server,
    ...(user === undefined ? {} : { user: user.name }),
    ...(typeof user?.exec === 'object' && user.exec !== null ? { exec: user.exec as object } : {}),
  })
