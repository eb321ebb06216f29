import type { UnreadFact } from '#base/errors.ts'
import { compilePolicy } from '#iam/compile.ts'
import { decide } from '#iam/decide.ts'
import { parseArn } from '#iam/arn.ts'
import { principalAccount } from '#iam/question.ts'
import { NO, YES } from '#iam/truth.ts'
import type { AccessAnswer } from './access.ts'
import { blockUnread, ignoresLists, isPublicPolicy, listsCanGrant, listsUnread, restrictsPublic, type Bucket } from './access-bucket.ts'

/** What decides besides policies, which are all that the engine knows: where it could turn the answer, the answer says so. */
export function beyondPolicies(answer: AccessAnswer): AccessAnswer {
  const { side, request } = answer
  if (side.resource?.kind === 'aws/s3/Bucket') return ofBucket(answer, side.resource as Bucket)
  return parseArn(request.resource)?.service === 'logs' ? ofLogs(answer) : answer
}

/**
 * RestrictPublicBuckets: a bucket with a public policy lets in nobody from outside but AWS services, "including non-public delegation to specific accounts".
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PublicAccessBlockConfiguration.html
 * Access control lists may let in who is outside, and the bucket's own account has its policies for that.
 */
function ofBucket(answer: AccessAnswer, bucket: Bucket): AccessAnswer {
  const { request, decision, policies, side } = answer
  const { principal } = request
  if (principal.kind === 'service' || side.account === undefined || principalAccount(principal) === side.account) return answer
  if (decision.answer === 'allow') {
    const isPublic = isPublicPolicy(policies.resource)
    if (isPublic === NO) return answer
    return isPublic === YES && restrictsPublic(bucket) === true ? restricted(answer, bucket) : open(answer, blockUnread(bucket))
  }
  if (decision.answer !== 'implicitDeny' || !listsCanGrant(request.action) || ignoresLists(bucket) === true) return answer
  const withList = decide(request, { ...policies, resource: [everyoneMay] })
  return withList.answer === 'implicitDeny' || withList.answer === 'explicitDeny' ? answer : open(answer, listsUnread(bucket))
}

/** Stands for a list that lets the caller in. */
const everyoneMay = compilePolicy({ Statement: { Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' } }, 'resource')

const restricted = (answer: AccessAnswer, bucket: Bucket): AccessAnswer => ({
  ...answer,
  decision: {
    answer: 'implicitDeny',
    conditional: [],
    notRead: [],
    reason: 'the policy of the bucket is public, and its public access block lets in its own account alone',
  },
  block: bucket.at(['PublicAccessBlockConfiguration', 'RestrictPublicBuckets'], 'this keeps out who is of another account'),
})

/** Such policies are for services that write logs: that they let in a user or a role by themselves is documented nowhere. */
function ofLogs(answer: AccessAnswer): AccessAnswer {
  const { decision, policies, request } = answer
  if (decision.answer !== 'allow' || policies.resource === undefined || principalAccount(request.principal) === undefined) return answer
  const { resource: _resource, ...others } = policies
  if (decide(request, others).answer === 'allow') return answer
  return open(answer, {
    kind: 'aws/logs/ResourcePolicy',
    reason: 'AWS does not document whether a resource policy of CloudWatch Logs lets in users and roles',
    settle: { by: 'user', step: 'allow it in an identity policy as well' },
  })
}

const open = (answer: AccessAnswer, fact: UnreadFact): AccessAnswer => ({
  ...answer,
  decision: { answer: 'unknown', conditional: [], notRead: [fact.reason], reason: fact.reason },
  unread: [fact],
})
