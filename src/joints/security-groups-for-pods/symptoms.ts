import { defineSymptoms } from '#joints/define-symptoms.ts'

const guide = 'https://docs.aws.amazon.com/eks/latest/userguide/security-groups-for-pods.html'
const controller = 'https://github.com/aws/amazon-vpc-resource-controller-k8s'
const cni = 'https://github.com/aws/amazon-vpc-cni-k8s'

/** Texts of the controller that makes branch interfaces, of the scheduler, and of the VPC CNI. */
export default defineSymptoms(
  'security-groups-for-pods',
  [
    {
      id: 'groups-too-many',
      pattern: /exceeded limit \d{1,4} on the number of interface security group memberships|SecurityGroupsPerInterfaceLimitExceeded/i,
      link: 'groups',
      cause: 'The pod was to get more security groups than an interface may have.',
      source: controller,
    },
    {
      id: 'group-not-found',
      pattern: /(?:InvalidSecurityGroupID\.NotFound|InvalidGroup\.NotFound)[^\n]{0,300}?(?<group>sg-[0-9a-f]{8,17})/i,
      link: 'groups',
      cause: 'Security group {group} does not exist in the VPC of the node.',
      source: guide,
    },
    {
      id: 'group-malformed',
      pattern: /InvalidSecurityGroupId\.Malformed|Invalid id: \\?"(?<group>[^"\\\n]{1,100})\\?" \(expecting \\?"sg-/i,
      link: 'groups',
      cause: 'What a SecurityGroupPolicy names is not the id of a security group: {group}.',
      source: guide,
    },
    {
      id: 'trunk-not-permitted',
      pattern:
        /Failed to create trunk interface: Error Code: (?<code>\w{1,60})|failed to get attach network interface permissions for branch/i,
      link: 'trunk',
      cause: 'The role of the cluster may not make the trunk interface of the node: it needs AmazonEKSVPCResourceController.',
      source: guide,
    },
    {
      id: 'type-unsupported',
      pattern: /The instance type (?<type>[\w.-]{1,40}) is not supported (?:for trunk interface|yet by the vpc resource controller)/i,
      link: 'trunk',
      cause: 'Instances of type {type} carry no branch interfaces.',
      source: guide,
    },
    {
      id: 'eni-config-not-named',
      pattern: /couldn't find custom networking eniconfig name for node (?<node>[\w.-]{1,253})|EniConfigNameNotFound/,
      link: 'trunk',
      cause:
        'Custom networking is on, and nothing names the ENIConfig of node {node}: the controller does not know the subnet of its interfaces.',
      source: controller,
    },
    {
      id: 'node-record-lost',
      pattern: /CNINode was deleted and failed to be recreated|CNINodeCreationFailed/,
      link: 'trunk',
      cause: 'The CNINode of the node was deleted and the controller could not make it again, so nothing asks for a trunk interface there.',
      source: controller,
    },
    {
      id: 'node-record-stuck',
      pattern: /CNINode delete failed, will be retried|CNINodeDeletionFailed/,
      link: 'trunk',
      cause: 'The CNINode of the node does not go away: something holds it with a finalizer, and it is made again only after that.',
      source: controller,
    },
    {
      id: 'trunk-failed',
      pattern: /The node failed initializing trunk interface|No trunk ENI found, cannot add a pod ENI|associating branch to trunk/i,
      link: 'trunk',
      cause: 'The node has no trunk interface that works.',
      source: controller,
      hidden: 'An event of the node of reason TrunkENICreationFailed or Unsupported says why.',
    },
    {
      id: 'subnet-full',
      pattern: /InsufficientFreeAddressesInSubnet|(?<subnet>subnet-[0-9a-f]{8,17})[^\n]{0,200}does not have enough free addresses/i,
      link: 'capacity',
      cause: 'The subnet of the node has no free address for a branch interface; those of deleted pods stay taken for a while.',
      source: guide,
    },
    {
      id: 'no-branch-left',
      pattern: /Insufficient vpc\.amazonaws\.com\/pod-eni|failed to find free vlan id in the available/i,
      link: 'capacity',
      cause: 'No node that the pod may use has a branch interface left, or none offers any.',
      source: guide,
    },
    {
      id: 'annotation-blocked',
      pattern: /failed to annotate pod with branch ENI details|cannot create new eni entry already exist/i,
      link: 'interface',
      cause:
        'The controller made the branch interface and may not write it into the annotation of the pod: an admission policy is in the way.',
      source: controller,
    },
    {
      id: 'allocation-denied',
      pattern: /failed to allocate branch ENI[^\n]{0,400}(?:UnauthorizedOperation|AccessDenied)/i,
      link: 'trunk',
      cause:
        'The role of the cluster may not make branch interfaces: it needs AmazonEKSVPCResourceController, and no guardrail against it.',
      source: guide,
    },
    {
      id: 'instance-group-used',
      pattern: /Pod will get the instance security group as the pod didn't match any Security Group from SecurityGroupPolicy/i,
      link: 'interface',
      cause: 'The pod got the groups of its instance: it asks for a branch interface, and no SecurityGroupPolicy selects it.',
      source: controller,
    },
    {
      id: 'account-not-matched',
      pattern: /Failed to get Matching SGP for Pods, rejecting event/i,
      link: 'webhook',
      cause: 'The webhook could not tell which SecurityGroupPolicies select the pod: its service account may be missing.',
      source: controller,
    },
    {
      id: 'policy-passed-over',
      pattern:
        /Found an invalid SecurityGroupPolicy due to either both of podSelector and saSelector are null(?:[^\n]{0,400}?"Invalid SGP": ?\{"name":"(?<policy>[\w.-]{1,253})")?/,
      link: 'policy-invalid',
      cause: 'The controller passes over SecurityGroupPolicy {policy}: it has no selector, or names no security group.',
      source: controller,
    },
    {
      id: 'policy-kind-missing',
      pattern: /couldn't find SGP definition/,
      link: 'webhook',
      cause: 'The cluster does not serve SecurityGroupPolicy: its definition was deleted, and pods start without groups of their own.',
      source: controller,
    },
    {
      id: 'allocation-failed',
      pattern: /failed to allocate branch ENI to pod|BranchAllocationFailed/i,
      link: 'interface',
      cause: 'EC2 refused the branch interface of the pod.',
      source: controller,
      hidden: 'The rest of the event has the code that EC2 answered with.',
    },
    {
      id: 'no-address',
      pattern: /add cmd: failed to assign an IP address to container/i,
      link: 'interface',
      cause: 'The VPC CNI had no address for the pod: no branch interface was ready, or the addresses of the node are used up.',
      source: cni,
      hidden: 'ipamd.log on the node says which; while the annotation vpc.amazonaws.com/pod-eni is not there yet, it passes.',
    },
  ],
  { ofAnyPod: true },
)
