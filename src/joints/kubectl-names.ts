const shortKinds: Readonly<Record<string, string>> = {
  serviceaccount: 'sa',
  serviceaccounts: 'sa',
  deployment: 'deploy',
  deployments: 'deploy',
  statefulset: 'sts',
  statefulsets: 'sts',
  daemonset: 'ds',
  daemonsets: 'ds',
  replicaset: 'rs',
  replicasets: 'rs',
  cj: 'cronjob',
  cronjobs: 'cronjob',
  jobs: 'job',
  po: 'pod',
  pods: 'pod',
  nodes: 'node',
}

/** The short name of a kind that kubectl prints and takes, from any of its spellings: `deploy` for `Deployments`. */
export const kubectlKind = (text: string): string => shortKinds[text.toLowerCase()] ?? text.toLowerCase()
