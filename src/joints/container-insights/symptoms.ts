import { defineSymptoms } from '#joints/define-symptoms.ts'
import { noRoom, untoleratedTaint } from '#joints/scheduler-texts.ts'

const troubleshooting = 'https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/ContainerInsights-troubleshooting.html'
const fluentBit = 'https://github.com/fluent/fluent-bit/blob/master/plugins/out_cloudwatch_logs/cloudwatch_api.c'
const encryption = 'https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html'

/** What the CloudWatch agent, Fluent Bit, EKS and CloudWatch Logs say when a link breaks. What only says that something was refused comes last. */
export default defineSymptoms('container-insights', [
  {
    id: 'placeholder-in-endpoint',
    pattern: /https:\/\/logs\.\{\{\s?(?<name>\w{1,40})\s?\}\}\.amazonaws\.com/,
    link: 'configuration',
    cause: 'The manifest was applied without filling in {name}: the endpoint has it instead of a region.',
    source: troubleshooting,
  },
  {
    id: 'enhanced-unknown',
    pattern: /enhanced_container_insights[^\n]{0,200}(?:not recogni[sz]ed|is not allowed|not expected)/i,
    link: 'configuration',
    cause: 'The agent is too old for enhanced_container_insights, or it stands elsewhere than under logs.metrics_collected.kubernetes.',
    source: 'https://github.com/aws/amazon-cloudwatch-agent/issues/1030',
  },
  {
    id: 'no-pod-metrics',
    pattern: /No pod metric collected, metrics count is still (?<count>\d{1,9})/,
    link: 'configuration',
    cause: 'The agent finds no containers: it does not have the socket of the node’s container runtime, /run/containerd/containerd.sock.',
    source: troubleshooting,
  },
  {
    id: 'kubelet-refuses-agent',
    pattern: /Cannot retrieve cadvisor data from kubelet/,
    link: 'configuration',
    cause: 'The kubelet does not let the agent in: webhook authentication is off, or its ClusterRole lacks nodes/proxy or nodes/stats.',
    source: troubleshooting,
  },
  {
    id: 'kubelet-unreachable',
    pattern: /\[filter:kubernetes:[^\]\n]{1,60}\] kubelet upstream connection error/,
    link: 'configuration',
    cause:
      'Fluent Bit asks the kubelet by Use_Kubelet, and has neither hostNetwork nor the right to nodes/proxy: events have no names of pods.',
    source: 'https://docs.fluentbit.io/manual/data-pipeline/filters/kubernetes#optional-feature-using-kubelet-to-get-metadata',
  },
  {
    id: 'key-not-allowed',
    pattern: /specified KMS key does not exist or is not allowed to be used with Arn '?(?<group>arn:[^'\s]{1,600})/i,
    link: 'key',
    cause:
      'CloudWatch Logs may not use the key for {group}: its policy names another region, account or group, or the ARN with :* at its end.',
    source: encryption,
  },
  {
    id: 'key-state',
    pattern: /AssociateKmsKey[^\n]{0,300}(?:is disabled|pending deletion|asymmetric|KMSInvalidState)/i,
    link: 'key',
    cause: 'The key is disabled, to be deleted, or asymmetric: CloudWatch Logs takes symmetric keys that are enabled.',
    source: encryption,
  },
  {
    id: 'group-exists',
    pattern: /ResourceAlreadyExistsException: The specified log group already exists(?:: '?(?<group>\/[\w./#-]{1,512}))?/,
    link: 'log-group',
    cause: 'EKS or a shipper made {group} before the infrastructure code did: import it there, or make it before the cluster.',
    source: 'https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html',
  },
  {
    id: 'group-missing',
    pattern: /ResourceNotFoundException[^\n]{0,40}The specified log (?<what>group|stream) does not exist/,
    link: 'log-group',
    cause: 'The log {what} that a shipper writes to does not exist, and it does not make it.',
    source: 'https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html',
  },
  {
    id: 'webhook-certificate',
    pattern:
      /failed calling webhook \\?"[^"\n]{1,253}"[^\n]{0,400}amazon-cloudwatch-observability[^\n]{0,400}x509: (?<reason>[^\n]{1,200})/,
    link: 'add-on',
    cause: 'The certificate of the add-on’s webhook does not hold ({reason}): updating the add-on makes a new one.',
    source: 'https://github.com/aws-observability/helm-charts/blob/main/RELEASE_NOTES',
  },
  {
    id: 'webhook-unreachable',
    pattern: /failed calling webhook [^\n]{0,300}amazon-cloudwatch-observability-webhook-service/,
    link: 'add-on',
    cause: 'The API server does not reach the webhook of the add-on’s controller.',
    source:
      'https://github.com/aws-observability/helm-charts/tree/main/charts/amazon-cloudwatch-observability/templates/admission-webhooks',
  },
  {
    id: 'addon-not-created',
    pattern: /amazon-cloudwatch-observability[^\n]{0,200}(?<status>CREATE_FAILED|DEGRADED|UPDATE_FAILED)/,
    link: 'add-on',
    cause: 'EKS says {status} of the add-on: most often its pods find no room, or do not tolerate the taints of every node.',
    source: 'https://docs.aws.amazon.com/eks/latest/APIReference/API_AddonHealth.html',
  },
  {
    id: 'no-room-for-agent',
    pattern: noRoom,
    link: 'nodes',
    cause: 'Nodes have no room for the agent ({what}): priorityClassName system-node-critical makes way for it.',
    source: 'https://kubernetes.io/docs/tasks/administer-cluster/guaranteed-scheduling-critical-addon-pods/',
  },
  {
    id: 'untolerated-taint',
    pattern: untoleratedTaint,
    link: 'nodes',
    cause: 'Nodes carry the taint {taint}, which the agent does not tolerate.',
    source: 'https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/#taints-and-tolerations',
  },
  {
    id: 'no-addresses-for-update',
    pattern: /UpdateClusterConfig[^\n]{0,400}(?:free IP|available IP|insufficient (?:free )?(?:IP )?address)/i,
    link: 'control-plane',
    cause: 'To change its logging the control plane takes up to five free addresses in each of the cluster’s subnets, and there are fewer.',
    source: 'https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html',
  },
  {
    id: 'no-credentials',
    pattern:
      /ec2metadata is not available|NoCredentialProviders: no valid providers in chain|Could not read shared credentials file \/root\/\.aws\/credentials/,
    link: 'identity',
    cause: 'The shipper has no role of its own and does not reach the metadata service of its node.',
    source: troubleshooting,
    also: 'pod-identity/association',
  },
  {
    id: 'logs-denied',
    pattern:
      /(?:User: (?<who>arn:[^\s]{1,600}) )?is not authorized to perform: (?<action>(?:logs|cloudwatch):\w{1,60}) on resource: (?<resource>[^\s"]{1,700})/,
    link: 'permission',
    cause: '{who} may not do {action} on {resource}. Where that is the role of a node, the shipper has none of its own.',
    source: 'https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-identity-based-access-control-cwl.html',
  },
  {
    id: 'api-denied',
    pattern: /(?<operation>Create(?:LogGroup|LogStream)|PutLogEvents|PutRetentionPolicy) API responded with error='AccessDeniedException'/,
    link: 'permission',
    cause: 'The role of the shipper may not do logs:{operation} on the group that it ships to.',
    source: fluentBit,
  },
  {
    id: 'group-not-made',
    pattern: /Failed to create log (?<what>group|stream)/,
    link: 'permission',
    cause: 'The shipper could not make its log {what}.',
    source: fluentBit,
    hidden: 'The line before it in the same log says which error AWS answered with.',
  },
])
