/**
 * Services whose resources obey resource control policies, as the AWS Organizations user guide and AWS's own examples list them.
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
 */
export const RESOURCE_CONTROL_SERVICES: ReadonlySet<string> = new Set(
  's3 sts kms sqs secretsmanager cognito-identity cognito-idp logs dynamodb ecr aoss'.split(' '),
)

/**
 * Services that only the service authorization reference marks (read 2026-09): whether a resource control policy binds them is taken to be
 * unknown until the two agree.
 */
export const RESOURCE_CONTROL_DOUBTFUL: ReadonlySet<string> = new Set(
  (
    'appconfig appstream autoscaling autoscaling-plans budgets clouddirectory cloudfront cloudsearch cloudtrail-data codeartifact codebuild ' +
    'codecommit codepipeline comprehend comprehendmedical compute-optimizer cost-optimization-hub dax dsql ecr-public events firehose fis fms ' +
    'gamelift health inspector-scan kendra kinesisvideo memorydb networkmonitor notifications opensearch pca-connector-ad personalize polly ' +
    'pricing resource-groups rolesanywhere servicediscovery signin support swf textract timestream-influxdb transcribe transfer translate wafv2 ' +
    'workspaces xray'
  ).split(' '),
)
