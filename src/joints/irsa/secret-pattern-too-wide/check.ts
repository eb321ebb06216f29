import { accessKinds } from '#joints/access.ts'
import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { requirePolicies } from '../pod-role.ts'
import { notForPods, podTrust } from '../trusted-principals.ts'
import { listedSecrets, narrowing, wideSecretPattern } from '../wide-secret-verdict.ts'

export default defineCheck({
  id: 'irsa/secret-pattern-too-wide',
  title: 'The role of pods may read secrets whose names only begin like the one that was meant',
  severity: 'medium',
  since: '0.1.0',
  subject: 'aws/iam/Role',
  reads: accessKinds,
  sources: [
    'https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_iam-policies.html',
    'https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html#secret_ARN',
  ],

  test({ subject: role, world }) {
    const trust = podTrust(role)
    if (trust === undefined) return skip(notForPods)
    requirePolicies(role)
    const wide = wideSecretPattern(world, role)
    if (wide === undefined) return pass(role.at([], 'no pattern for one secret matches another'))
    const { found, others, evidence } = wide
    const names = listedSecrets(others)
    return fail({
      message: `role ${role.body.RoleName} of pods, meant to read secret ${found.meant}, also reads ${names}`,
      evidence: [evidence, ...others.slice(0, 5).map(secret => secret.at(['Name'], 'the pattern matches this secret too')), trust],
      effect: `Pods with this role may read ${names}, and every secret that is yet to be made with a name that begins with ${found.meant}.`,
      key: found.pattern,
      ...narrowing(role, found),
    })
  },
})
