/** A policy document as it is written: what the joint proposes. */
export interface PolicyText {
  readonly Version: '2012-10-17'
  readonly Statement: readonly Readonly<Record<string, unknown>>[]
}

/**
 * The policy of the endpoint `guardduty-data`: agents of the named accounts may send what they see, and nobody anything else. The agent's principal is not
 * documented, so it is narrowed by account and action alone. More accounts than one share a VPC.
 * https://docs.aws.amazon.com/guardduty/latest/ug/eksrunmon-prereq-deploy-security-agent.html
 */
export function endpointPolicy(accounts: readonly string[]): PolicyText {
  const [only] = accounts
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'SendRuntimeEvents',
        Effect: 'Allow',
        Principal: '*',
        Action: 'guardduty:SendSecurityTelemetry',
        Resource: '*',
        Condition: { StringEquals: { 'aws:PrincipalAccount': accounts.length === 1 ? only : accounts } },
      },
    ],
  }
}

/** Where a detector writes its findings to. */
export interface FindingExport {
  /** `arn:aws:guardduty:eu-west-1:111122223333:detector/12abc34d567e8fa901bc2d34e56789f0`. */
  readonly detectorArn: string
  readonly bucketArn: string
  /** With a slash at its end when there is one: `findings/`. */
  readonly prefix?: string
}

const service = { Service: 'guardduty.amazonaws.com' }

/** Only the one detector: without it any detector of any account could be made to write there. https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html */
const fromDetector = (detectorArn: string) => ({
  StringEquals: { 'aws:SourceAccount': detectorArn.split(':')[4], 'aws:SourceArn': detectorArn },
})

/**
 * Statements for the policy of the bucket that findings are exported to.
 * https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_exportfindings.html
 */
export function exportBucketPolicy({ detectorArn, bucketArn, prefix = '' }: FindingExport): PolicyText {
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'GuardDutyFindsBucket',
        Effect: 'Allow',
        Principal: service,
        Action: 's3:GetBucketLocation',
        Resource: bucketArn,
        Condition: fromDetector(detectorArn),
      },
      {
        Sid: 'GuardDutyWritesFindings',
        Effect: 'Allow',
        Principal: service,
        Action: 's3:PutObject',
        Resource: `${bucketArn}/${prefix}*`,
        Condition: fromDetector(detectorArn),
      },
      {
        Sid: 'OnlyOverTls',
        Effect: 'Deny',
        Principal: '*',
        Action: 's3:*',
        Resource: [bucketArn, `${bucketArn}/*`],
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      },
    ],
  }
}

/** The statement that the policy of the key gets, beside those of its administrators. `*` is the key itself. */
export function exportKeyPolicy({ detectorArn }: Pick<FindingExport, 'detectorArn'>): PolicyText {
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'GuardDutyEncryptsFindings',
        Effect: 'Allow',
        Principal: service,
        Action: 'kms:GenerateDataKey',
        Resource: '*',
        Condition: fromDetector(detectorArn),
      },
    ],
  }
}
