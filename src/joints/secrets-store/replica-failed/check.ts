import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { mountEvidence } from '../mounts.ts'
import { storedKinds } from '../over-wanted.ts'
import { mountOfSecret } from '../rotated-secrets.ts'

export default defineCheck({
  id: 'secrets-store/replica-failed',
  title: 'A mounted secret is not replicated to a region that it is to be in',
  severity: 'medium',
  since: '0.1.0',
  subject: 'aws/secretsmanager/Secret',
  reads: storedKinds,
  sources: [
    'https://docs.aws.amazon.com/secretsmanager/latest/userguide/replicate-secrets.html',
    'https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ReplicationStatusType.html',
  ],

  test({ subject: secret, world }) {
    const { Name, ReplicationStatus: replicas = [] } = secret.body
    if (replicas.length === 0) return skip('the secret is not replicated')
    const mounted = mountOfSecret(world, secret)
    if (mounted === undefined) return skip('no pod mounts it')
    const mounts = mountEvidence(mounted.mount, 'this volume mounts it')
    const at = (index: number, label: string) => secret.at(['ReplicationStatus', index, 'Status'], label)
    const failed = replicas.findIndex(({ Status }) => Status === 'Failed')
    if (failed < 0) {
      const behind = replicas.findIndex(({ Status }) => Status !== 'InSync')
      return behind < 0 ? pass(at(0, 'its replicas are in sync'), mounts) : skip('a replica is being made, or how it is was not told')
    }
    const { Region = '', StatusMessage } = replicas[failed] ?? {}
    return fail({
      message: `secret ${Name} has no replica in ${Region}: replication failed${StatusMessage === undefined ? '' : ` (${StatusMessage})`}`,
      evidence: [at(failed, 'the replica was not made'), mounts],
      effect: `A class with failoverRegion ${Region} gets nothing there when the first region fails, or the value of another secret of that name.`,
      help: `Where ${Region} has a secret of the name already, rename that or let it be overwritten: aws secretsmanager replicate-secret-to-regions --secret-id ${Name} --add-replica-regions Region=${Region} --force-overwrite-replica-secret. Else look at the key that the replica is to have.`,
    })
  },
})
