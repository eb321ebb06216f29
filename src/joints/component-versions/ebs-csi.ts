import { defineComponent } from './define.ts'

const driver = 'https://github.com/kubernetes-sigs/aws-ebs-csi-driver'

/** https://github.com/kubernetes-sigs/aws-ebs-csi-driver */
export const ebsCsiDriver = defineComponent({
  id: 'aws-ebs-csi-driver',
  images: ['aws-ebs-csi-driver'],
  addons: ['aws-ebs-csi-driver'],
  behaviours: {
    'takes-pod-identity': {
      since: '1.26.0',
      does: 'Its AWS SDK takes credentials of EKS Pod Identity; older ones refuse the address of the agent.',
      source: `${driver}/issues/1870`,
    },
    'tags-cluster-name': {
      since: '1.58.0',
      does: 'With --k8s-tag-cluster-id it tags volumes and snapshots with `ebs.csi.aws.com/cluster-name`, which policies of one cluster ask for.',
      source: `${driver}/pull/2899`,
    },
  },
})
