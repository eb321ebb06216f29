import { defineSymptoms } from '#joints/define-symptoms.ts'
import { noRoom, untoleratedTaint } from '#joints/scheduler-texts.ts'

const coverage = 'https://docs.aws.amazon.com/guardduty/latest/ug/eks-runtime-monitoring-coverage.html'

/** What GuardDuty's coverage and the health of its add-on say when a link breaks: the page quotes them. Those that wrap others come last. */
export default defineSymptoms('guardduty', [
  {
    id: 'version-unsupported',
    pattern: /aws-guardduty-agent is not compatible with current cluster version/i,
    link: 'agent',
    cause: 'The agent is not made for the Kubernetes version of the cluster, which is too new or too old for it.',
    source: coverage,
  },
  {
    id: 'dns-attributes-off',
    pattern: /requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true(?: for (?<vpc>vpc-[0-9a-f]{1,32}))?/i,
    link: 'endpoint',
    cause: 'GuardDuty could not make the endpoint: VPC {vpc} has enableDnsSupport or enableDnsHostnames off.',
    source: coverage,
  },
  {
    id: 'shared-vpc-unsupported',
    pattern: /VPC endpoint creation (?:is )?not supported for shared VPC/i,
    link: 'endpoint',
    cause:
      'The VPC is shared, and the account that owns it must have runtime monitoring with agent management on: it is there that GuardDuty makes the endpoint.',
    source: coverage,
  },
  {
    id: 'owner-monitoring-off',
    pattern:
      /(?:Owner account ID|owner account) (?<account>\d{12})?[^.]{0,200}doesn['’]t have either Runtime Monitoring, automated agent configuration, or both/i,
    link: 'endpoint',
    cause: 'The account {account} that owns the VPC has runtime monitoring or its agent management off.',
    source: coverage,
  },
  {
    id: 'admission-denied',
    pattern: /admission webhook \\?"(?<webhook>[\w.-]{1,253})\\?" denied the request/,
    link: 'agent',
    cause: 'The admission webhook {webhook} refuses what the agent is made of: exempt namespace amazon-guardduty in its policies.',
    source: coverage,
  },
  {
    id: 'configuration-conflict',
    pattern:
      /Conflicts found when trying to apply\. Will not continue due to resolve conflicts mode(?:\. Conflicts: (?<object>[\w.]{1,60} [\w.-]{1,253}))?/,
    link: 'agent',
    cause:
      'Somebody else edited {object}, and the add-on does not overwrite it: update the add-on with OVERWRITE once nobody needs the edit.',
    source: coverage,
  },
  {
    id: 'addon-manager-forbidden',
    pattern: /(?:is ?)?forbidden: ?User[\s\\"]{0,8}eks:addon-manager[\s\\"]{0,8}cannot ?(?<verb>[a-z]{3,10}) ?resource/,
    link: 'agent',
    cause:
      'EKS may not {verb} what the agent is made of: the binding eks:addon-cluster-admin to ClusterRole cluster-admin is gone from the cluster.',
    source: coverage,
  },
  {
    id: 'agent-crashes',
    pattern: /waiting containers CrashLoopBackOff: (?<how>Completed|Error)/,
    link: 'running',
    cause:
      'The agent starts and exits: it cannot reach or may not use the endpoint guardduty-data, or the kernel of the node does not let it look.',
    source: coverage,
  },
  {
    id: 'no-room-for-agent',
    pattern: noRoom,
    link: 'nodes',
    cause:
      'Nodes have no room for the agent ({what}), whose priority class preempts nobody unless its preemptionPolicy is PreemptLowerPriority.',
    source: coverage,
  },
  {
    id: 'untolerated-taint',
    pattern: untoleratedTaint,
    link: 'nodes',
    cause: 'Nodes carry the taint {taint}, which the agent does not tolerate.',
    source: 'https://github.com/aws/containers-roadmap/issues/2520',
  },
  {
    id: 'enablement-not-permitted',
    pattern: /Runtime Monitoring enablement permission not granted|Error due to authorization failure/i,
    link: 'runtime-monitoring',
    cause: 'GuardDuty’s service-linked role is missing, or a service control policy keeps it from making the endpoint or the add-on.',
    source: coverage,
  },
  {
    id: 'provisioning',
    pattern: /enablement (?:resource )?provisioning in progress/i,
    link: 'coverage',
    cause: 'GuardDuty is still making the endpoint and the add-on: nothing is wrong yet.',
    source: coverage,
  },
  {
    id: 'addon-creation-failed',
    pattern: /Addon (?:Creation|Updation|Update) Failed/i,
    link: 'agent',
    cause: 'EKS could not make or update the add-on.',
    source: coverage,
    hidden: 'The health of the add-on says why: aws eks describe-addon.',
  },
  {
    id: 'endpoint-creation-failed',
    pattern: /VPC Endpoint Creation Failed/i,
    link: 'endpoint',
    cause: 'GuardDuty could not make the endpoint.',
    source: coverage,
    hidden: 'The rest of the issue, and CloudTrail’s CreateVpcEndpoint by GuardDuty’s role, say why.',
  },
  {
    id: 'addon-unhealthy',
    pattern: /EKS Addon issue|InsufficientNumberOfReplicas/i,
    link: 'running',
    cause: 'The add-on is installed, and its pods are not ready everywhere.',
    source: coverage,
    hidden: 'The pods of namespace amazon-guardduty and their events say why.',
  },
])
