import { Unread } from '#base/errors.ts'
import { defineCheck } from '#joints/define.ts'
import { podShape } from '#joints/workloads.ts'
import type { Resource } from '#model/resource.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { livePods, namedWith } from '../../irsa/judged-shapes.ts'
import { asksForInterface, podEniPath, podEniResource } from '../branch-interface.ts'
import { eventsOf, type Event } from '#joints/seen-events.ts'

/** Of the controller. https://github.com/aws/amazon-vpc-resource-controller-k8s/blob/master/pkg/provider/branch/provider.go */
const failures = new Set(['BranchAllocationFailed', 'BranchENIAnnotationFailed'])

export default defineCheck({
  id: 'security-groups-for-pods/allocation-failed',
  title: 'The branch interface of a pod could not be made',
  severity: 'high',
  since: '0.1.0',
  subject: 'workload',
  reads: ['k8s/Event'],
  sources: [
    'https://github.com/aws/amazon-vpc-resource-controller-k8s/blob/master/pkg/provider/branch/provider.go',
    'https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html',
  ],

  test({ subject: workload, world }) {
    const pods = livePods(workload).filter(pod => asksForInterface(podShape(pod).spec) && pod.body.spec?.nodeName !== undefined)
    const [any] = pods
    if (any === undefined) return skip('no pod that was placed asks for an interface')
    const waiting = pods.filter(pod => pod.body.metadata.annotations?.[podEniResource] === undefined)
    const [first] = waiting
    if (first === undefined) return pass(...pods.slice(0, 3).map(pod => pod.at(podEniPath, 'the controller gave it this interface')))
    const told = waiting.flatMap(pod => {
      const event = latest(eventsOf(world, pod).filter(({ body }) => failures.has(body.reason ?? '') && body.message !== undefined))
      return event === undefined ? [] : [{ pod, event }]
    })
    const [worst] = told
    if (worst === undefined) throw silent(first)
    const cause = causes.find(({ pattern }) => pattern.test(worst.event.body.message ?? '')) ?? unnamed
    return fail({
      message: `${namedWith(workload, { pods: told.map(({ pod }) => pod), of: pods.length })} gets no branch interface: ${cause.text}`,
      evidence: [worst.event.at(['message'], 'the controller says so'), worst.pod.at(['metadata', 'name'], 'of this pod, which waits')],
      effect: 'The pod stays in ContainerCreating (failed to assign an IP address to container), and the controller tries again.',
      help: cause.help,
    })
  },
})

const latest = (events: readonly Event[]): Event | undefined => events.toSorted((a, b) => timeOf(b) - timeOf(a))[0]

const timeOf = ({ body }: Event): number =>
  Date.parse(String(body.lastTimestamp ?? body.eventTime ?? body.metadata.creationTimestamp ?? '')) || 0

const silent = ({ kind, id }: Resource<'k8s/Pod'>): Unread =>
  new Unread({
    kind,
    id,
    reason: 'a pod waits for its branch interface, and no event that was seen says why',
    settle: {
      by: 'user',
      step: 'look again in two minutes: interfaces of deleted pods rest before others can take their place, and nothing tells of it',
    },
  })

const causes = [
  {
    pattern: /interface security group memberships|SecurityGroupsPerInterfaceLimitExceeded/,
    text: 'it is to have more security groups than an interface may',
    help: 'Name fewer groups in its policies, or ask for a higher quota L-2AFB9258.',
  },
  {
    pattern: /InvalidSecurityGroupID|InvalidGroup\.NotFound|InvalidGroupId/,
    text: "a security group does not exist in the cluster's VPC",
    help: 'Name groups that exist in the VPC of the cluster.',
  },
  {
    pattern: /InsufficientFreeAddressesInSubnet/,
    text: 'the subnet of its node has no free address',
    help: 'Free addresses of the subnet, add a CIDR block and subnets to the VPC, or place the pods on nodes of other subnets.',
  },
  {
    pattern: /UnauthorizedOperation|AccessDenied|failed to get attach network interface permissions/,
    text: 'the role of the cluster may not make it',
    help: 'Attach AmazonEKSVPCResourceController to the role of the cluster, and look for service control policies that deny ec2:CreateNetworkInterface.',
  },
  {
    pattern: /associating branch to trunk|free vlan id/,
    text: 'it could not be tied to the trunk interface of the node',
    help: 'Cordon and drain the node, and let it be replaced: its trunk interface has no number left, or is not the one that the controller knows.',
  },
  {
    pattern: /annotate pod/,
    text: 'the controller could not write the interface into the pod',
    help: 'Look for admission webhooks and policies that refuse updates of pods by eks:vpc-resource-controller.',
  },
] as const

const unnamed = { text: 'EC2 or the controller refused', help: 'See the message of the event: it has the code of EC2.' }
