import type { Symptom } from '#joints/define-symptoms.ts'

const provider = 'https://github.com/aws/secrets-store-csi-driver-provider-aws/blob/main/provider'
const log = 'Look at the log of the provider’s pod on the pod’s node, at the time of the event, for "Failed fetching".'

/** Texts that say that something failed and not what: what is more exact comes before them. */
export const wrapperSymptoms: readonly Symptom[] = [
  {
    id: 'no-region-answered',
    pattern:
      /Failed to fetch secret from all regions\. Verify secret exists and required permissions are granted for: (?<secret>\S{1,2048})/,
    link: 'permission',
    cause: 'No region gave secret {secret}; credentials, the network, the policies, the key or the JMESPath may be why.',
    source: `${provider}/secrets_manager_provider.go`,
    hidden: log,
  },
  {
    id: 'no-region-answered-for-parameters',
    pattern: /Failed to fetch parameters from all regions/,
    link: 'permission',
    cause: 'No region gave the parameters; credentials, the network, the policies or the key may be why.',
    source: `${provider}/parameter_store_provider.go`,
    hidden: log,
  },
  {
    id: 'fetch-failed',
    pattern:
      /(?<region>[a-z]{2}(?:-[a-z]{1,12}){1,3}-\d): Failed (?:fetching (?:secret (?<secret>\S{1,2048})|parameters)|to describe secret (?<described>\S{1,2048}))/,
    link: 'permission',
    cause: 'AWS refused what the provider asked of it in {region}.',
    source: `${provider}/secrets_manager_provider.go`,
    hidden: log,
  },
  {
    id: 'objects-not-read',
    pattern:
      /Failure (?:reading descriptor list|getting secret values from provider type (?<type>\w{1,30}))|mount request failed with provider error code (?<code>\S{1,100})/,
    link: 'permission',
    cause: 'The provider gave nothing of what the class names.',
    source: 'https://github.com/aws/secrets-store-csi-driver-provider-aws/blob/main/server/server.go',
    hidden: log,
  },
  {
    id: 'provider-connection-failed',
    pattern: /error connecting to provider \\?"(?<provider>[\w-]{1,30})\\?"/,
    link: 'provider',
    cause: 'The driver has no connection to provider {provider} on the node.',
    source: 'https://github.com/kubernetes-sigs/secrets-store-csi-driver/blob/v1.6.0/pkg/secrets-store/nodeserver.go',
  },
  {
    id: 'objects-not-mounted',
    pattern: /failed to mount secrets store objects(?: for pod (?<pod>[\w./-]{1,320}))?|failed to mount secrets store object content/,
    link: 'permission',
    cause: 'The provider gave the driver nothing for pod {pod}.',
    source: 'https://github.com/kubernetes-sigs/secrets-store-csi-driver/blob/v1.6.0/pkg/secrets-store/nodeserver.go',
    hidden: log,
  },
  {
    id: 'volumes-not-mounted-in-time',
    pattern:
      /Unable to attach or mount volumes: unmounted volumes=\[(?<volumes>[^\]\n]{1,1000})\][^\n]{0,1000}?timed out waiting for the condition/,
    link: 'volume',
    cause: 'Volumes {volumes} were not mounted in time.',
    source: 'https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/volumemanager/volume_manager.go',
    hidden: 'The kubelet says it of every volume: look for another FailedMount event of the pod that names the volume.',
  },
]
