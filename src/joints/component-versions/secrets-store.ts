import { defineComponent } from './define.ts'

const driver = 'https://github.com/kubernetes-sigs/secrets-store-csi-driver'
const provider = 'https://github.com/aws/secrets-store-csi-driver-provider-aws'

/** https://secrets-store-csi-driver.sigs.k8s.io */
export const secretsStoreDriver = defineComponent({
  id: 'secrets-store-csi-driver',
  images: ['csi-secrets-store/driver'],
  addons: ['aws-secrets-store-csi-driver-provider'],
  behaviours: {
    'rotates-by-own-controller': {
      until: '1.6.0',
      does: 'A controller of its own looks every poll interval whether what is mounted is current, and says so in events.',
      source: `${driver}/blob/v1.5.6/pkg/rotation/reconciler.go`,
    },
    'rotates-by-republish': {
      since: '1.6.0',
      does: 'The kubelet asks for each volume again and again (`requiresRepublish`), and the driver mounts anew when the poll interval is over.',
      source: `${driver}/blob/v1.6.0/pkg/secrets-store/nodeserver.go`,
    },
    'masks-errors-of-remounts': {
      since: '1.6.0',
      does: 'When mounting anew fails the kubelet is told that it went well: no event and no condition of the pod says so.',
      source: `${driver}/blob/v1.6.0/pkg/secrets-store/nodeserver.go`,
    },
    'sends-mounted-versions': {
      until: '1.6.0',
      does: 'When it rotates it tells the provider which versions are mounted; the AWS provider then calls DescribeSecret first.',
      source: `${driver}/blob/v1.5.6/pkg/rotation/reconciler.go`,
    },
    'logs-tokens': {
      until: '1.3.3',
      does: 'With tokenRequests and at log level 2 or above it writes service account tokens to its log (CVE-2023-2878).',
      source: `${driver}/security/advisories/GHSA-g82w-58jf-gcxx`,
    },
  },
})

/** https://github.com/aws/secrets-store-csi-driver-provider-aws */
export const awsProvider = defineComponent({
  id: 'secrets-store-csi-driver-provider-aws',
  images: ['secrets-store-csi-driver-provider-aws'],
  addons: ['aws-secrets-store-csi-driver-provider'],
  behaviours: {
    'makes-tokens-itself': {
      until: '3.0.0',
      does: 'It asks the API server for tokens of the pod’s service account itself, with a permission to make tokens of any service account.',
      source: `${provider}/releases/tag/3.0.0`,
    },
    'takes-tokens-of-driver': {
      since: '3.0.0',
      does: 'It takes only the tokens that the CSIDriver requests, by audience.',
      source: `${provider}/blob/3.0.0/utils/token_parser.go`,
    },
  },
})
