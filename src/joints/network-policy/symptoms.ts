import { defineSymptoms } from '#joints/define-symptoms.ts'

const guide = 'https://docs.aws.amazon.com/eks/latest/userguide/cni-network-policy.html'
const agent = 'https://github.com/aws/aws-network-policy-agent'

/** Texts of the network policy agent, and of applications whose packets are dropped, which a policy and a security group do alike. */
export default defineSymptoms(
  'network-policy',
  [
    {
      id: 'setup-failed',
      pattern: /add cmd: failed to setup network policy/i,
      link: 'engine',
      cause:
        'The VPC CNI could not reach the network policy agent of the node: it is not running, or it does not fit the version of the CNI.',
      source: guide,
    },
    {
      id: 'flow-denied',
      pattern:
        /Src IP:? (?<source>[\d.a-f:]{3,45}),? Src Port:? \d{1,5},? Dest IP:? (?<destination>[\d.a-f:]{3,45}),? Dest Port:? (?<port>\d{1,5}),? Proto(?:col)?:? (?<protocol>\w{1,8}),? Verdict:? DENY/i,
      link: 'traffic',
      cause: 'The network policy agent dropped {protocol} from {source} to {destination} port {port}.',
      source: agent,
    },
    {
      id: 'name-not-resolved',
      pattern:
        /lookup (?<name>[\w.-]{1,253})[^\n]{0,80}?(?:i\/o timeout|server misbehaving|connection refused)|getaddrinfo EAI_AGAIN (?<host>[\w.-]{1,253})|Temporary failure in name resolution|;; connection timed out; no servers could be reached/i,
      link: 'dns',
      cause: 'No DNS server answered: packets to it or back are dropped.',
      source: guide,
    },
    {
      id: 'connection-timed-out',
      pattern:
        /dial tcp (?<destination>[\d.]{7,15}|\[[\da-f:]{2,45}\]):(?<port>\d{1,5}): (?:connect: connection timed out|i\/o timeout)|connect ETIMEDOUT (?<address>[\d.]{7,15}|[\da-f:]{2,45}):(?<to>\d{1,5})|Connection timed out after \d{1,9} milliseconds|upstream connect error[^\n]{0,120}connection timeout/i,
      link: 'traffic',
      cause: 'Packets got no answer: a NetworkPolicy, a security group or a route drops them. A closed port would have refused at once.',
      source: guide,
      also: 'security-groups-for-pods/traffic',
    },
  ],
  { ofAnyPod: true },
)
