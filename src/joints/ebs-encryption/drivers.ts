/** The driver that clusters install themselves, or as the EKS add-on. */
export const addOnDriver = 'ebs.csi.aws.com'
/** The driver of EKS Auto Mode, which AWS runs. https://docs.aws.amazon.com/eks/latest/userguide/create-storage-class.html */
export const autoModeDriver = 'ebs.csi.eks.amazonaws.com'
/**
 * What was part of Kubernetes: its classes and volumes are handed to the driver of the add-on.
 * https://kubernetes.io/docs/concepts/storage/volumes/#aws-ebs-csi-migration
 */
export const inTreePlugin = 'kubernetes.io/aws-ebs'

export type EbsDriver = typeof addOnDriver | typeof autoModeDriver

const drivers: Readonly<Record<string, EbsDriver>> = {
  [addOnDriver]: addOnDriver,
  [autoModeDriver]: autoModeDriver,
  [inTreePlugin]: addOnDriver,
}

/** Which driver makes volumes for a provisioner, or attaches those of a CSI driver; undefined when it is not about EBS. */
export const driverOf = (name: string | undefined): EbsDriver | undefined => (name === undefined ? undefined : drivers[name])
