import { defineCheck } from '#joints/define.ts'
import { setting, targetOf } from '#model/change.ts'
import type { Resource } from '#model/resource.ts'
import { fail, pass, skip, type Fix } from '#model/verdict.ts'
import { annotation, annotationPath, roleArnOf } from '../service-account.ts'

/** Seconds. Fewer are refused by the API server, and EKS hands out no token for more. */
const [shortest, longest] = [600, 86_400]

export default defineCheck({
  id: 'irsa/token-expiration-ignored',
  title: 'The lifetime that a service account asks for its tokens is not the one that they get',
  severity: 'low',
  since: '0.1.0',
  subject: 'k8s/ServiceAccount',
  reads: [],
  sources: [
    'https://github.com/aws/amazon-eks-pod-identity-webhook#eks-walkthrough',
    'https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#launch-a-pod-using-service-account-token-projection',
  ],

  test({ subject: serviceAccount }) {
    if (roleArnOf(serviceAccount) === undefined) return skip('the service account names no role')
    const written = serviceAccount.body.metadata.annotations?.[annotation.tokenExpiration]
    if (written === undefined) return skip('the service account asks for no lifetime')
    const path = annotationPath(annotation.tokenExpiration)
    const seconds = /^[+-]?\d+$/.test(written) ? Number(written) : undefined
    if (seconds !== undefined && seconds >= shortest && seconds <= longest)
      return pass(serviceAccount.at(path, 'tokens live as long as this says, in seconds'))

    const got = seconds === undefined ? longest : Math.min(longest, Math.max(shortest, seconds))
    return fail({
      message: `service account ${serviceAccount.id} asks for tokens that live ${JSON.stringify(written)} seconds, and they live ${got}`,
      evidence: [
        serviceAccount.at(
          path,
          seconds === undefined
            ? 'this is no whole number'
            : `this is ${seconds < shortest ? `fewer than ${shortest}` : `more than ${longest}`}`,
        ),
      ],
      effect:
        'A token that is stolen can be used at STS until it expires, whether its pod still exists or not, so the time that was meant to be the limit is not.',
      ...(seconds === undefined
        ? { help: `Give a number of seconds from ${shortest} to ${longest}, or take the annotation away: then it is ${longest}.` }
        : { fix: setTo(serviceAccount, path, String(got)) }),
    })
  },
})

function setTo(serviceAccount: Resource<'k8s/ServiceAccount'>, path: readonly string[], value: string): Fix {
  const resource = serviceAccount as unknown as Resource
  return {
    title: `say ${value}, which is what they get`,
    safe: true,
    changes: [{ target: targetOf(resource), edit: setting(resource, path, value), permissions: ['patch serviceaccounts'], risk: '' }],
  }
}
