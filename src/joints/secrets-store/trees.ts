import { defineTrees } from '#joints/define-diagnosis.ts'

/** Why a secret is not mounted, and why what is mounted is old. */
export default defineTrees([
  {
    id: 'node-plumbing',
    title: 'the node cannot mount secrets',
    opens: ['secrets-store/driver', 'secrets-store/provider', 'secrets-store/compute', 'secrets-store/volumes-not-mounted-in-time'],
    questions: [
      { asks: 'secrets-store/volume', rulesOut: 'the volume is not written as the driver takes it' },
      { asks: 'secrets-store/compute', rulesOut: 'this sort of node has no CSI drivers' },
      { asks: 'secrets-store/driver', rulesOut: 'the driver is not on the node' },
      { asks: 'secrets-store/provider', rulesOut: 'the provider for AWS is not on the node' },
      { asks: 'secrets-store/class', rulesOut: 'the SecretProviderClass is missing or cannot be used' },
    ],
  },
  {
    id: 'secret-mount',
    title: 'a secret is not mounted, and the text does not say why',
    logs: ['secrets-store-csi-driver-provider-aws'],
    opens: [
      'secrets-store/no-region-answered',
      'secrets-store/no-region-answered-for-parameters',
      'secrets-store/fetch-failed',
      'secrets-store/objects-not-mounted',
    ],
    questions: [
      { asks: 'secrets-store/class', rulesOut: 'the SecretProviderClass is missing or cannot be used' },
      { asks: 'secrets-store/identity', rulesOut: 'no role is named, or by the mechanism that the class does not use' },
      { asks: 'irsa/provider', rulesOut: 'the account of the role has no provider for the cluster' },
      { asks: 'irsa/role', rulesOut: 'the role is gone' },
      { asks: 'irsa/trust', rulesOut: 'the role does not trust the service account' },
      { asks: 'pod-identity/association', rulesOut: 'no association is of the service account' },
      { asks: 'pod-identity/trust', rulesOut: 'the role does not trust EKS Pod Identity' },
      { asks: 'secrets-store/network', rulesOut: 'the VPC has no way to the service' },
      { asks: 'secrets-store/secret', rulesOut: 'the secret does not exist, or is being deleted' },
      { asks: 'secrets-store/permission', rulesOut: 'the policies do not let the role read the secret' },
      { asks: 'secrets-store/key', rulesOut: 'the key cannot be used by the role' },
      { asks: 'secrets-store/files', rulesOut: 'the value cannot be written as the class says' },
    ],
  },
  {
    id: 'secret-made',
    title: 'a Secret that is to be made of one in AWS is not made',
    opens: [
      'secrets-store/store',
      'secrets-store/secret-not-made',
      'secrets-store/external-secret-not-read',
      'secrets-store/external-store-invalid',
      'secrets-store/external-store-not-ready',
    ],
    questions: [
      { asks: 'secrets-store/store', rulesOut: 'the store is missing, or not for the namespace' },
      { asks: 'secrets-store/identity', rulesOut: 'nobody asks AWS, or AWS gives no session' },
      { asks: 'secrets-store/secret', rulesOut: 'the secret does not exist, or is being deleted' },
      { asks: 'secrets-store/permission', rulesOut: 'the policies do not let the role read the secret' },
      { asks: 'secrets-store/key', rulesOut: 'the key cannot be used by the role' },
      { asks: 'secrets-store/synced-secret', rulesOut: 'the Secret is not made of what was read' },
    ],
  },
  {
    id: 'secret-key',
    title: 'the key of a secret refuses',
    opens: ['secrets-store/key'],
    questions: [{ asks: 'secrets-store/key', rulesOut: 'the key cannot be used by the role' }],
  },
  {
    id: 'secret-rotation',
    title: 'a mounted secret is old',
    opens: ['secrets-store/rotation'],
    questions: [
      { asks: 'secrets-store/rotation', rulesOut: 'nothing fetches new versions' },
      { asks: 'secrets-store/version', rulesOut: 'the pod has an old version' },
      { asks: 'secrets-store/notice', rulesOut: 'the application does not see new versions' },
      { asks: 'secrets-store/permission', rulesOut: 'the policies do not let the role read the secret' },
      { asks: 'secrets-store/secret', rulesOut: 'the secret is being deleted' },
    ],
  },
])
