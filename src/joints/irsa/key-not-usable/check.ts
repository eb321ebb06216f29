import { defineCheck } from '#joints/define.ts'
import { keyEvidence, keysOf } from '../key-use.ts'
import { grantingFix, resourceFix } from '../permission-fix.ts'
import { permissionKinds } from '../permission-state.ts'
import { accountText, permissionVerdict } from '../permission-verdict.ts'

export default defineCheck({
  id: 'irsa/key-not-usable',
  title: 'The KMS key of what pods may read is closed to them',
  severity: 'high',
  since: '0.1.0',
  subject: 'k8s/ServiceAccount',
  reads: permissionKinds,
  sources: [
    'https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html',
    'https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html',
  ],

  test({ subject: serviceAccount, world }) {
    return permissionVerdict(world, serviceAccount, {
      about: permissions => keysOf(world, permissions),
      fires: ({ cause }) => cause !== 'guardrail',
      none: 'nothing that its pods need takes a key',
      otherwise: 'a guardrail keeps the key from them: irsa/permission-blocked-by-guardrail',
      say({ role }, denied) {
        const [first] = denied
        const { action, resource, secret } = first.need
        const key = `key ${resource.slice(resource.lastIndexOf('/') + 1)}`
        const title = `allow ${action} on ${key}`
        const fix = first.cause === 'role' ? grantingFix(role, denied, 'use-key', title) : resourceFix(role, denied, title)
        const why = secret === undefined ? '' : `, which secret ${secret.body.Name} takes`
        return {
          message: `${first.cause === 'role' ? `role ${role.body.RoleName}` : key} does not let ${accountText(serviceAccount)} do ${action}${first.cause === 'role' ? ` on ${key}` : ''}${why}`,
          evidence: keyEvidence(role, first),
          effect: `${secret === undefined ? 'What the key encrypts stays closed to the pods' : `The pods may read ${secret.body.Name}, and it cannot be decrypted for them`}: KMS answers AccessDenied.`,
          ...(fix === undefined
            ? {
                help: `Allow ${action} to the role in the key policy; in the role too, where the key policy only delegates to the account.`,
              }
            : { fix }),
        }
      },
    })
  },
})
