import { defineTrees } from '#joints/define-diagnosis.ts'

/** Why a claim stays pending, and why a volume is not attached. EC2 rarely names the key, which mostly is the cause. */
export default defineTrees([
  {
    id: 'claim-pending',
    title: 'a claim gets no volume',
    logs: ['aws-ebs-csi-driver'],
    opens: ['ebs-encryption/key', 'ebs-encryption/volume-not-made', 'ebs-encryption/ec2-not-reached', 'ebs-encryption/driver'],
    questions: [
      { asks: 'ebs-encryption/claim', rulesOut: 'the claim or its class does not exist' },
      { asks: 'ebs-encryption/class-parameters-invalid', rulesOut: 'the StorageClass has parameters that the driver refuses' },
      { asks: 'ebs-encryption/volume-missing', rulesOut: 'the volume of the claim was deleted' },
      { asks: 'ebs-encryption/driver', rulesOut: 'the driver is not there' },
      { asks: 'ebs-encryption/identity', rulesOut: 'the controller has no role, or no way to EC2' },
      { asks: 'irsa/trust', rulesOut: 'the role does not trust the controller' },
      { asks: 'ebs-encryption/permission', rulesOut: 'the policies of the controller do not allow it' },
      { asks: 'ebs-encryption/key', rulesOut: 'the key is not there, not usable, or closed to the controller' },
      { asks: 'ebs-encryption/claim-not-provisioned', rulesOut: 'the claim waits with an error' },
    ],
  },
  {
    id: 'volume-not-attached',
    title: 'a volume is not attached',
    logs: ['aws-ebs-csi-driver'],
    opens: ['ebs-encryption/attachment', 'ebs-encryption/key-revoked'],
    questions: [
      { asks: 'ebs-encryption/key', rulesOut: 'the key is not usable, or closed to the controller' },
      { asks: 'ebs-encryption/volume-missing', rulesOut: 'the volume does not exist' },
      { asks: 'ebs-encryption/permission', rulesOut: 'the policies of the controller do not allow it' },
      { asks: 'ebs-encryption/attachment', rulesOut: 'the attachment waits with an error' },
    ],
  },
])
