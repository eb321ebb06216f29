import { defineCheck } from '#joints/define.ts'
import { serviceAccountKey, workloadKinds, workloadsByServiceAccount } from '#joints/workloads.ts'
import { Unread } from '#base/errors.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { listedSecrets } from '../../irsa/wide-secret-verdict.ts'
import { storedKinds } from '../over-wanted.ts'
import { readableSecrets } from '../readable-secrets.ts'

export default defineCheck({
  id: 'secrets-store/role-reads-unmounted-secrets',
  title: 'The role by which pods mount secrets reads secrets that none of its pods mounts',
  severity: 'medium',
  since: '0.1.0',
  subject: 'k8s/ServiceAccount',
  reads: storedKinds,
  sources: [
    'https://docs.aws.amazon.com/secretsmanager/latest/userguide/best-practices.html',
    'https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_iam-policies.html',
  ],

  test({ subject: serviceAccount, world }) {
    const cluster = 'cluster' in serviceAccount.scope ? serviceAccount.scope.cluster : ''
    const { namespace, name } = serviceAccount.body.metadata
    const workloads = workloadsByServiceAccount(world).get(serviceAccountKey(cluster, namespace, name)) ?? []
    const reached = readableSecrets(world, workloads)
    if (reached === undefined) {
      for (const kind of workloadKinds) world.list(kind, { cluster, namespace })
      return skip('no pod of it mounts secrets of AWS')
    }
    const { role, beyond, mounted, unread } = reached
    const [first] = beyond
    if (first === undefined) {
      if (unread !== undefined) throw new Unread(unread)
      return pass(
        role.at(['RoleName'], 'of the secrets that there are it reads those that are mounted'),
        ...mounted.map(secret => secret.at(['ARN'], 'mounted')),
      )
    }
    const names = listedSecrets(beyond.map(({ stored }) => stored))
    return fail({
      message: `role ${role.body.RoleName} of service account ${serviceAccount.id} reads ${beyond.length === 1 ? 'a secret' : `${beyond.length} secrets`} that its pods do not mount: ${names}`,
      evidence: [
        first.at ?? role.at(['RoleName'], 'its policies allow it'),
        ...beyond.slice(0, 5).map(({ stored }) => stored.at(['Name'], 'it reads this secret too')),
        serviceAccount.at(['metadata', 'name'], 'pods of this account have the role'),
      ],
      effect: `Whoever takes over one of its pods reads ${names} with the credentials of the pod, mounted or not.`,
      help: `Allow secretsmanager:GetSecretValue on the ARNs that are mounted alone: ${mounted
        .map(({ id }) => id)
        .slice(0, 3)
        .join(', ')}${mounted.length > 3 ? ', …' : ''}.`,
    })
  },
})
