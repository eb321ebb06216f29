export const agentName = 'eks-pod-identity-agent'
const labels = { 'app.kubernetes.io/name': agentName }

/** The DaemonSet of the agent as the add-on makes it. */
export const agentDaemonSet = (image: string) => ({
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name: agentName, namespace: 'kube-system' },
  spec: {
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: { hostNetwork: true, containers: [{ name: agentName, image, imagePullPolicy: 'IfNotPresent' }] },
    },
  },
})
