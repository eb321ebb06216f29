import type { Symptom } from '#joints/define-symptoms.ts'

const driver = 'https://github.com/kubernetes-sigs/secrets-store-csi-driver/blob/v1.6.0'
const provider = 'https://github.com/aws/secrets-store-csi-driver-provider-aws/blob/main'
const kubelet = 'https://github.com/kubernetes/kubernetes/blob/master/pkg/volume/csi/csi_mounter.go'
/** Of this driver alone: the kubelet says the same of every other one. */
const name = String.raw`secrets-store\.csi\.k8s\.io`

/** What the kubelet, the driver and the provider say of themselves and of each other. */
export const nodeSymptoms: readonly Symptom[] = [
  {
    id: 'tokens-not-requested',
    pattern: /serviceAccount\.tokens not provided - ensure tokenRequests is configured in CSIDriver/,
    link: 'token',
    cause: 'The provider takes tokens of the driver alone since version 3.0.0, and the CSIDriver requests none.',
    source: `${provider}/utils/token_parser.go`,
  },
  {
    id: 'audience-not-requested',
    pattern: /token for audience \\?"(?<audience>[\w.]{1,253})\\?" (?:not found|is empty)/,
    link: 'token',
    cause: 'The CSIDriver requests no token for {audience}.',
    source: `${provider}/utils/token_parser.go`,
  },
  {
    id: 'tokens-unreadable',
    pattern: /CSI token error|(?:IRSA|Pod Identity) token extraction failed|failed to parse serviceAccount\.tokens/,
    link: 'token',
    cause: 'The provider found no use for the tokens that the driver gave it.',
    source: `${provider}/utils/token_parser.go`,
  },
  {
    id: 'driver-not-registered',
    pattern: new RegExp(String.raw`driver name ${name} not found in the list of registered CSI drivers`),
    link: 'driver',
    cause: 'The driver is not registered on the pod’s node: its DaemonSet has no ready pod there, or it has only just started.',
    source: kubelet,
  },
  {
    id: 'driver-socket-down',
    pattern: /VOLUME_MOUNT_GROUP capability|csi\.sock: connect/,
    link: 'driver',
    cause: 'The driver is registered on the node and does not answer: its pod is down.',
    source: kubelet,
  },
  {
    id: 'provider-not-found',
    pattern: /provider not found: provider \\?"(?<provider>[\w-]{1,30})\\?"/,
    link: 'provider',
    cause: 'Provider {provider} has no socket on the pod’s node: its DaemonSet has no pod there, or another folder than the driver.',
    source: `${driver}/pkg/secrets-store/provider_client.go`,
  },
  {
    id: 'provider-invalid',
    pattern: /invalid provider: provider \\?"(?<provider>[^"\n]{1,200}?)\\?"/,
    link: 'class',
    cause: 'Provider {provider} is no name of a provider: letters, digits, _ and -, 30 at most.',
    source: `${driver}/pkg/secrets-store/provider_client.go`,
  },
  {
    id: 'api-server-unreachable',
    pattern:
      /failed to get (?:secretproviderclass|spc) (?<class>[\w./-]{1,320}), err(?:or)?: [^\n]{0,300}?(?:broken pipe|connection refused|i\/o timeout|dial tcp|Get \\?"?https:)/,
    link: 'driver',
    cause: 'The driver could not reach the API server to read {class}: the class need not be missing.',
    source: 'https://github.com/Azure/secrets-store-csi-driver-provider-azure/issues/326',
  },
  {
    id: 'class-missing',
    pattern: /failed to get (?:secretproviderclass|spc) (?<class>[\w./-]{1,320}), err(?:or)?: [^\n]{0,300}?not found/,
    link: 'class',
    cause: 'There is no SecretProviderClass {class}: it must stand in the namespace of the pod.',
    source: `${driver}/pkg/secrets-store/utils.go`,
  },
  {
    id: 'class-unreadable',
    pattern: /failed to get (?:secretproviderclass|spc) (?<class>[\w./-]{1,320}), err(?:or)?: (?<reason>[^\n]{1,300})/,
    link: 'class',
    cause: 'The driver could not read SecretProviderClass {class}: {reason}.',
    source: `${driver}/pkg/secrets-store/utils.go`,
  },
  {
    id: 'class-not-named',
    pattern: /secretProviderClass is not set/,
    link: 'volume',
    cause: 'The volume names no SecretProviderClass in volumeAttributes.secretProviderClass.',
    source: `${driver}/pkg/secrets-store/nodeserver.go`,
  },
  {
    id: 'volume-not-read-only',
    pattern: /Readonly is not true in request/,
    link: 'volume',
    cause: 'The volume does not say readOnly: true.',
    source: `${driver}/pkg/secrets-store/nodeserver.go`,
  },
  {
    id: 'volume-without-attributes',
    pattern: /Volume attributes missing in request/,
    link: 'volume',
    cause: 'The volume has no volumeAttributes, or the CSIDriver does not say podInfoOnMount: true.',
    source: `${driver}/pkg/secrets-store/nodeserver.go`,
  },
  {
    id: 'provider-not-named',
    pattern: /(?<what>provider|parameters) not set in (?<class>[\w./-]{1,320})/,
    link: 'class',
    cause: 'SecretProviderClass {class} has no {what}.',
    source: `${driver}/pkg/secrets-store/utils.go`,
  },
  {
    id: 'fargate-has-no-drivers',
    pattern: /Pod not supported on Fargate: volumes not supported: (?<volume>[\w-]{1,63})/,
    link: 'compute',
    cause: 'The pod is for Fargate, where no CSI driver of a DaemonSet runs, so volume {volume} cannot be mounted.',
    source: 'https://docs.aws.amazon.com/secretsmanager/latest/userguide/integrate_eks.html',
  },
  {
    id: 'sync-forbidden',
    pattern:
      /The secret operation failed with forbidden error\. If you installed the CSI driver using helm, ensure syncSecret\.enabled=true/,
    link: 'synced-secret',
    cause: 'The driver may not write Secrets: syncSecret.enabled gives it the ClusterRole.',
    source: `${driver}/controllers/secretproviderclasspodstatus_controller.go`,
  },
  {
    id: 'synced-file-missing',
    pattern: /file matching objectName (?<object>[^\n]{1,300}?) not found in the pod/,
    link: 'synced-secret',
    cause: 'secretObjects names object {object}, and no file of the mount is called that: the alias counts, and slashes are translated.',
    source: `${driver}/pkg/util/secretutil/secret.go`,
  },
  {
    id: 'synced-certificate-invalid',
    pattern:
      /failed to get cert data from file|Only 'tls\.key' and 'tls\.crt' are supported|unknown private key type found while getting key/,
    link: 'synced-secret',
    cause: 'A Secret of type kubernetes.io/tls takes the keys tls.crt and tls.key, of files that hold a certificate and its key.',
    source: `${driver}/pkg/util/secretutil/secret.go`,
  },
  {
    id: 'synced-secret-incomplete',
    pattern:
      /failed to validate secret object in spc (?<class>[\w./-]{1,320}), err: (?<reason>secret name is empty|secret type is empty|data is empty)/,
    link: 'synced-secret',
    cause: 'An entry of secretObjects in SecretProviderClass {class} makes no Secret: {reason}.',
    source: `${driver}/pkg/util/secretutil/secret.go`,
  },
  {
    id: 'synced-data-incomplete',
    pattern: /err: (?:object name in|key in) secretObjects\.data/,
    link: 'synced-secret',
    cause: 'An item of secretObjects.data has no objectName or no key.',
    source: `${driver}/pkg/util/secretutil/secret.go`,
  },
  {
    id: 'message-too-large',
    pattern: /received message larger than max(?: \((?<size>\d{1,12}) vs\. (?<limit>\d{1,12})\))?|proto above 1MiB, secret sync may fail/,
    link: 'files',
    cause: 'The objects of one class are too large together: {size} bytes, where the driver takes {limit}.',
    source: `${driver}/pkg/secrets-store/provider_client.go`,
  },
  {
    id: 'file-name-invalid',
    pattern: /invalid (?:file)?path: (?<reason>must [^\n]{1,200}|filenames must [^\n]{1,200}|\\?"[^\n]{1,300})/,
    link: 'files',
    cause: 'The driver does not write a file of that name: {reason}.',
    source: `${driver}/pkg/util/fileutil/writer.go`,
  },
  {
    id: 'agent-timeout-invalid',
    pattern:
      /failed to parse podIdentityHttpTimeout value '(?<value>[^'\n]{0,60})'|podIdentityHttpTimeout must be positive, got: (?<value>\S{1,40})/,
    link: 'provider',
    cause: 'The provider is started with --pod-identity-http-timeout={value}, which is no duration, and takes the one of the SDK.',
    source: 'https://github.com/aws/secrets-store-csi-driver-provider-aws/blob/main/main.go',
  },
  {
    id: 'api-server-rate',
    pattern: /rate: Wait\(n=(?<waits>\d{1,6})\) would exceed context deadline/,
    link: 'provider',
    cause: 'The provider waits for its own limit of requests to the API server: --qps and --burst raise it.',
    source: 'https://github.com/aws/secrets-store-csi-driver-provider-aws#client-side-rate-limitting-to-kubernetes-api-server',
  },
  {
    id: 'secret-not-made',
    pattern:
      /(?:\bError: |MountVolume\.SetUp failed for volume \\?"(?<volume>[\w-]{1,63})\\?" ?: )secret \\?"(?<target>[\w.-]{1,253})\\?" not found/,
    link: 'synced-secret',
    cause:
      'There is no Secret {target}. If a SecretProviderClass is to make it: it is made when a pod mounts the class, and where the driver may write Secrets. If an ExternalSecret is: what that says of itself.',
    source: 'https://secrets-store-csi-driver.sigs.k8s.io/topics/sync-as-kubernetes-secret',
  },
  {
    id: 'mount-rotation-failed',
    pattern: /provider mount err: (?<reason>[^\n]{1,300})/,
    link: 'rotation',
    cause: 'What is mounted was not renewed: {reason}.',
    source: 'https://github.com/kubernetes-sigs/secrets-store-csi-driver/blob/v1.5.6/pkg/rotation/reconciler.go',
  },
  {
    id: 'secret-rotation-failed',
    pattern: /failed to patch secret (?<secret>[\w.-]{1,253}) with new data/,
    link: 'synced-secret',
    cause: 'Secret {secret} was not renewed with what is mounted.',
    source: 'https://github.com/kubernetes-sigs/secrets-store-csi-driver/blob/v1.5.6/pkg/rotation/reconciler.go',
  },
  {
    id: 'provider-answer-incomplete',
    pattern: /missing object versions/,
    link: 'class',
    cause: 'The provider mounted nothing: the class names no objects.',
    source: `${driver}/pkg/secrets-store/provider_client.go`,
  },
  {
    id: 'request-incomplete',
    pattern: /err: missing (?<what>attributes|target path|file permissions)/,
    link: 'volume',
    cause: 'The driver had no {what} to send to the provider: the volume does not say what it is to mount.',
    source: `${driver}/pkg/secrets-store/nodeserver.go`,
  },
  {
    id: 'pod-status-not-kept',
    pattern: /failed to (?:create|list|find) secret provider class pod status|secret provider class pod status targetPath did not match/,
    link: 'driver',
    cause:
      'The driver could not keep what it mounted in a SecretProviderClassPodStatus: it may not write them, or their definition is not installed.',
    source: `${driver}/pkg/secrets-store/nodeserver.go`,
  },
  {
    id: 'secret-not-written',
    pattern: /FailedToCreateSecret\b[^\n]{0,300}?timed out waiting for the condition/,
    link: 'synced-secret',
    cause: 'The driver tried for a while to write the Secret that the class wants, and could not.',
    source: `${driver}/controllers/secretproviderclasspodstatus_controller.go`,
    hidden:
      'Look at the log of the driver’s pod on the pod’s node: most often it says "forbidden", and that syncSecret.enabled is to be set.',
  },
  {
    id: 'key-of-secret-missing',
    pattern:
      /couldn't find key (?<key>[\w.-]{1,253}) in Secret (?<secret>[\w.-]{1,63}\/[\w.-]{1,253})|references non-existent secret key: (?<key>[\w.-]{1,253})/,
    link: 'synced-secret',
    cause: 'Secret {secret} has no key {key}: what makes it of what is mounted names its keys otherwise.',
    source: 'https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/kubelet_pods.go',
  },
]
