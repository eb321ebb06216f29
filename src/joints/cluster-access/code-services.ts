/** A service that runs code, or makes what a template says, as a role that is passed to it. */
export interface CodeService {
  /** `Lambda`. */
  readonly name: string
  /** What the role must trust, and what iam:PassedToService carries. */
  readonly principal: string
  /** Every one of them is needed. */
  readonly calls: readonly { readonly action: string; readonly resources: readonly string[] }[]
  /** The role is passed in an instance profile, which must exist. */
  readonly byInstanceProfile?: true
}

const reference = (action: string, ...resources: readonly string[]) => ({ action, resources })

/**
 * `{partition}`, `{region}` and `{account}` are filled in; the names are of things that do not exist. The resource types are those that the
 * service authorization reference requires for the call.
 */
export const codeServices: readonly CodeService[] = [
  // https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
  {
    name: 'Lambda',
    principal: 'lambda.amazonaws.com',
    calls: ['lambda:CreateFunction', 'lambda:InvokeFunction'].map(action => reference(action, own('lambda', 'function:mortise-probe'))),
  },
  // https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ExamplePolicies_EC2.html#iam-example-runinstances
  {
    name: 'EC2',
    principal: 'ec2.amazonaws.com',
    byInstanceProfile: true,
    calls: [
      reference(
        'ec2:RunInstances',
        own('ec2', 'instance/i-0123456789abcdef0'),
        'arn:{partition}:ec2:{region}::image/ami-0123456789abcdef0',
        own('ec2', 'network-interface/eni-0123456789abcdef0'),
        own('ec2', 'security-group/sg-0123456789abcdef0'),
        own('ec2', 'subnet/subnet-0123456789abcdef0'),
        own('ec2', 'volume/vol-0123456789abcdef0'),
      ),
    ],
  },
  // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
  {
    name: 'ECS',
    principal: 'ecs-tasks.amazonaws.com',
    calls: ['ecs:RegisterTaskDefinition', 'ecs:RunTask'].map(action => reference(action, own('ecs', 'task-definition/mortise-probe:1'))),
  },
  // https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsglue.html
  {
    name: 'Glue',
    principal: 'glue.amazonaws.com',
    calls: ['glue:CreateJob', 'glue:StartJobRun'].map(action => reference(action, own('glue', 'job/mortise-probe'))),
  },
  // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html
  {
    name: 'CloudFormation',
    principal: 'cloudformation.amazonaws.com',
    calls: [reference('cloudformation:CreateStack', own('cloudformation', 'stack/mortise-probe/5b1f0c'))],
  },
  // https://docs.aws.amazon.com/codebuild/latest/userguide/setting-up-service-role.html
  {
    name: 'CodeBuild',
    principal: 'codebuild.amazonaws.com',
    calls: ['codebuild:CreateProject', 'codebuild:StartBuild'].map(action => reference(action, own('codebuild', 'project/mortise-probe'))),
  },
  // https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html
  {
    name: 'SageMaker',
    principal: 'sagemaker.amazonaws.com',
    calls: [reference('sagemaker:CreateProcessingJob', own('sagemaker', 'processing-job/mortise-probe'))],
  },
  {
    name: 'SageMaker',
    principal: 'sagemaker.amazonaws.com',
    calls: ['sagemaker:CreateNotebookInstance', 'sagemaker:CreatePresignedNotebookInstanceUrl'].map(action =>
      reference(action, own('sagemaker', 'notebook-instance/mortise-probe')),
    ),
  },
]

function own(service: string, name: string): string {
  return `arn:{partition}:${service}:{region}:{account}:${name}`
}
