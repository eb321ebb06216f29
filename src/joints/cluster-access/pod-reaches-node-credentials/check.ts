import { lastName } from '#iam/arn.ts'
import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { onNodesOf } from '../neighbours.ts'
import { escapesOf, isNodeAgent } from '../node-escapes.ts'
import { bearerKinds, bearerText } from '../role-bearers.ts'

export default defineCheck({
  id: 'cluster-access/pod-reaches-node-credentials',
  title: 'A pod is on its node, and so has the role of the node and those of its neighbours',
  severity: 'high',
  severities: ['medium'],
  since: '0.1.0',
  subject: 'workload',
  reads: [...bearerKinds, 'aws/ec2/Instance', 'k8s/Node'],
  sources: [
    'https://kubernetes.io/docs/concepts/security/pod-security-standards/',
    'https://docs.aws.amazon.com/eks/latest/best-practices/pod-security.html',
  ],

  test({ subject: workload, world }) {
    if (isNodeAgent(workload)) return skip('it is an agent of the node, which needs it')
    const { resource, root } = workload.template
    const [first, ...others] = escapesOf(workload)
    if (first === undefined) return pass(resource.at([...root, 'spec'], 'nothing in it leads onto the node', 'key'))
    const { nodes, nodeRoles, neighbours } = onNodesOf(world, workload)
    const roleText =
      nodeRoles[0] === undefined ? 'the role of its node' : `role ${lastName(nodeRoles[0])} of its node${nodes === 1 ? '' : 's'}`
    const isOnNode = first.reaches === 'node'
    const [one] = neighbours
    const besides =
      !isOnNode || one === undefined
        ? ''
        : ` and the roles of ${bearerText(one)}${neighbours.length === 1 ? '' : ` and ${neighbours.length - 1} more neighbours`}`
    return fail({
      message: `${workload.name} in ${workload.namespace} has ${roleText}${besides}: ${first.text}`,
      evidence: [
        resource.at(first.path, first.text),
        ...others.slice(0, 3).map(({ path, text }) => resource.at(path, `and ${text}`)),
        ...(isOnNode ? neighbours.slice(0, 2).map(({ at }) => at) : []),
      ],
      effect: isOnNode
        ? 'Whoever gets into it reads the tokens of all pods on the node and the credentials of the node, and is every role there.'
        : 'Whoever gets into it fetches the credentials of the node from the metadata service, whatever its hop limit.',
      help: isOnNode
        ? 'Take privileged, hostPID and the mounts of the host away, and enforce the pod security standard restricted in the namespace; what needs them belongs on nodes of its own.'
        : 'Take hostNetwork away; if it must stay, narrow the role of the node to what every node needs.',
      ...(isOnNode ? {} : { severity: 'medium' }),
    })
  },
})
