import { defineSymptoms } from '#joints/define-symptoms.ts'

const entries = 'https://docs.aws.amazon.com/eks/latest/userguide/access-entries.html'
const rbac = 'https://kubernetes.io/docs/reference/access-authn-authz/rbac/'

/** Texts of callers that the API server does not know, or does not allow. */
export default defineSymptoms(
  'cluster-access',
  [
    {
      id: 'caller-not-known',
      pattern: /You must be logged in to the server|the server has asked for the client to provide credentials/i,
      link: 'access-entry-stale-principal',
      cause:
        'The cluster knows nobody of these AWS credentials: no access entry and no row of aws-auth fits, or the entry is of a role that was made anew.',
      source: entries,
    },
    {
      id: 'not-allowed',
      pattern:
        /(?<what>[\w.]{1,100}(?: "[\w.-]{1,253}")?) is forbidden: User "(?<user>[^"\n]{1,300})" cannot (?<verb>[a-z]{2,20}) resource "(?<resource>[\w./-]{1,120})"/,
      link: 'cluster-admin-too-broad',
      cause: 'No binding lets {user} {verb} {resource}.',
      source: rbac,
    },
  ],
  { ofAnyPod: true },
)
