import { removeDaemon, taint } from './break-workload.ts'
import { mount, provided, noProvider, shapes, type MountFault } from './mounted-secret.ts'
import type { Said } from './fault.ts'
import type { Body } from './world-editor.ts'

const notRegistered: Said = {
  event: 'FailedMount',
  says: 'MountVolume.SetUp failed for volume "secrets" : kubernetes.io/csi: mounter.SetUpAt failed to get CSI client: driver name secrets-store.csi.k8s.io not found in the list of registered CSI drivers',
}

/** What a node needs to mount secrets: the volume as the driver takes it, the driver, the provider, and tokens. */
export const nodeFaults: readonly MountFault[] = [
  {
    name: 'volume not read-only',
    breaks: (world, who) => shapes(world, who, spec => (spec.volumes[0].csi.readOnly = false)),
    says: () => [mount('Readonly is not true in request')],
    link: 'volume',
    check: 'volume-incomplete',
  },
  {
    name: 'volume names no class',
    breaks: (world, who) => shapes(world, who, spec => (spec.volumes[0].csi.volumeAttributes = { other: 'x' })),
    says: () => [mount('secretProviderClass is not set')],
    link: 'volume',
    check: 'volume-incomplete',
  },
  {
    name: 'driver not on the node',
    breaks: world => {
      world.edit('k8s/CSINode', 'ip-10-0-1-17.eu-west-1.compute.internal', body => {
        body.spec.drivers = body.spec.drivers.filter(({ name }: Body) => name !== 'secrets-store.csi.k8s.io')
      })
      world.remove('k8s/Pod', 'kube-system/secrets-store-csi-driver-k1x7q')
    },
    says: [notRegistered],
    link: 'driver',
    check: 'driver-absent-on-node',
  },
  {
    name: 'driver removed',
    breaks: world => {
      world.remove('k8s/CSIDriver', 'secrets-store.csi.k8s.io')
      removeDaemon(world, { namespace: 'kube-system', name: 'secrets-store-csi-driver' })
      world.editAll(
        'k8s/CSINode',
        () => true,
        body => {
          body.spec.drivers = body.spec.drivers.filter(({ name }: Body) => name !== 'secrets-store.csi.k8s.io')
        },
      )
    },
    says: [notRegistered],
    link: 'driver',
    check: 'driver-missing',
  },
  {
    name: 'provider removed',
    breaks: world => removeDaemon(world, { namespace: 'kube-system', name: 'csi-secrets-store-provider-aws' }),
    says: who => [noProvider(who)],
    link: 'provider',
    check: 'provider-missing',
  },
  {
    name: 'provider not on the node',
    breaks: world => {
      taint(world, 'ip-10-0-1-17.eu-west-1.compute.internal')
      world.edit('k8s/DaemonSet', 'kube-system/csi-secrets-store-provider-aws', body => {
        body.spec.template.spec.tolerations = []
        body.status = { ...body.status, desiredNumberScheduled: 1, currentNumberScheduled: 1, numberReady: 1 }
      })
      world.remove('k8s/Pod', 'kube-system/csi-secrets-store-provider-aws-k1x7q')
    },
    says: who => [noProvider(who)],
    link: 'provider',
    check: 'provider-absent-on-node',
  },
  {
    name: 'provider in another folder',
    breaks: world =>
      world.edit(
        'k8s/DaemonSet',
        'kube-system/csi-secrets-store-provider-aws',
        body => (body.spec.template.spec.volumes[0].hostPath.path = '/opt/providers'),
      ),
    says: who => [noProvider(who)],
    link: 'provider',
    check: 'provider-folder-differs',
  },
  {
    name: 'binding of another namespace',
    breaks: world =>
      world.edit(
        'k8s/ClusterRoleBinding',
        'csi-secrets-store-provider-aws-cluster-rolebinding',
        body => (body.subjects[0].namespace = 'aws-secrets'),
      ),
    says: who => [
      provided(
        who,
        `failed to get service account orders/${who.name}: serviceaccounts "${who.name}" is forbidden: User "system:serviceaccount:kube-system:csi-secrets-store-provider-aws" cannot get resource "serviceaccounts" in API group "" in the namespace "orders"`,
      ),
    ],
    link: 'provider',
    check: 'provider-account-unbound',
  },
  {
    name: 'no tokens requested',
    breaks: world => world.edit('k8s/CSIDriver', 'secrets-store.csi.k8s.io', body => delete body.spec.tokenRequests),
    says: who => [
      provided(
        who,
        'CSI token error: serviceAccount.tokens not provided - ensure tokenRequests is configured in CSIDriver - ensure tokenRequests is configured in CSIDriver spec',
      ),
    ],
    link: 'token',
    check: 'token-not-requested',
  },
  {
    name: 'one audience not requested',
    breaks: world =>
      world.edit('k8s/CSIDriver', 'secrets-store.csi.k8s.io', body => (body.spec.tokenRequests = [{ audience: 'pods.eks.amazonaws.com' }])),
    says: who => [
      provided(
        who,
        'IRSA token extraction failed: token for audience "sts.amazonaws.com" not found - ensure tokenRequests includes this audience in CSIDriver',
      ),
    ],
    link: 'token',
    check: 'token-not-requested',
  },
]
