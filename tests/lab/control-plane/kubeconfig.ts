/** A kubeconfig for one user of one cluster; JSON, which every reader of YAML accepts. */
export function kubeconfig(cluster: {
  readonly name: string
  readonly server: string
  readonly certificateAuthority: string
  readonly user: string
  readonly token: string
}): string {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': cluster.name,
    clusters: [
      {
        name: cluster.name,
        cluster: { server: cluster.server, 'certificate-authority': cluster.certificateAuthority },
      },
    ],
    users: [{ name: cluster.user, user: { token: cluster.token } }],
    contexts: [{ name: cluster.name, context: { cluster: cluster.name, user: cluster.user } }],
  }
  return `${JSON.stringify(config, null, 2)}\n`
}
