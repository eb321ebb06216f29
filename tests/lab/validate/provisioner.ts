import { CreateVolumeCommand, DeleteVolumeCommand, EC2Client } from '@aws-sdk/client-ec2'
import { setTimeout as sleep } from 'node:timers/promises'
import { apply } from '../irsa/workloads.ts'
import type { Lab } from '../lab.ts'

interface Claim {
  readonly metadata: { readonly name: string; readonly uid: string; readonly annotations?: Readonly<Record<string, string>> }
  readonly spec: { readonly storageClassName?: string; readonly volumeName?: string }
}

/**
 * Makes volumes for the claims of a namespace, as the EBS driver's controller does: once the scheduler has chosen a node, a volume in EC2 and a
 * PersistentVolume that names it. `stop` takes both away again.
 */
export function provision(lab: Lab, namespace: string, encryption: { readonly Encrypted?: boolean; readonly KmsKeyId?: string }) {
  const ec2 = new EC2Client(lab.aws())
  const made = new Map<string, string>()
  let running = true

  async function look(): Promise<void> {
    const listed = JSON.parse(await lab.kubectl('get', 'persistentvolumeclaims', '-n', namespace, '-o', 'json')) as {
      readonly items: readonly Claim[]
    }
    for (const claim of listed.items) {
      const isWaiting =
        claim.metadata.annotations?.['volume.kubernetes.io/selected-node'] !== undefined && claim.spec.volumeName === undefined
      if (isWaiting && !made.has(claim.metadata.uid)) await make(claim)
    }
  }

  async function make({ metadata, spec }: Claim): Promise<void> {
    const { VolumeId = '' } = await ec2.send(new CreateVolumeCommand({ AvailabilityZone: `${lab.region}a`, Size: 1, ...encryption }))
    made.set(metadata.uid, VolumeId)
    await apply(lab, [
      {
        apiVersion: 'v1',
        kind: 'PersistentVolume',
        metadata: {
          name: `pvc-${metadata.uid}`,
          labels: { lab: 'ebs' },
          annotations: { 'pv.kubernetes.io/provisioned-by': 'ebs.csi.aws.com' },
        },
        spec: {
          capacity: { storage: '1Gi' },
          accessModes: ['ReadWriteOnce'],
          storageClassName: spec.storageClassName,
          // Nobody is here to delete it: `stop` does.
          persistentVolumeReclaimPolicy: 'Retain',
          claimRef: { namespace, name: metadata.name },
          csi: { driver: 'ebs.csi.aws.com', volumeHandle: VolumeId },
        },
      },
    ])
  }

  const over = (async () => {
    while (running) {
      await look()
      await sleep(300)
    }
  })()

  return {
    async stop(): Promise<void> {
      running = false
      await over
      for (const [uid, VolumeId] of made) {
        await lab.kubectl('delete', 'persistentvolume', `pvc-${uid}`, '--ignore-not-found', '--wait=false')
        await ec2.send(new DeleteVolumeCommand({ VolumeId }))
      }
    },
  }
}
