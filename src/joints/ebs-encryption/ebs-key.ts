import type { KeyUse } from '#joints/key-fault.ts'

/** A key of volumes and snapshots. */
export const ebsKey: KeyUse = {
  afterDeletion: 'nothing brings back what it encrypts.',
  asymmetric: {
    what: ', and EBS takes symmetric keys alone',
    label: 'EBS takes no asymmetric key',
    help: 'Name a symmetric key in a class that is made again.',
  },
}
