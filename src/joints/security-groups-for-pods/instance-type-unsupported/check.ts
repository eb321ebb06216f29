import { Unread } from '#base/errors.ts'
import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { eligibleNodes, instanceType, instanceTypePath, namesOf, type Node } from '../eligible-nodes.ts'
import { runsOnFargate } from '../fargate.ts'
import { limitsDate } from '../interface-limits.ts'
import { mayHaveTrunk } from '../trunk-capable.ts'
import { selectedBy, workloadGroupKinds } from '../workload-groups.ts'

export default defineCheck({
  id: 'security-groups-for-pods/instance-type-unsupported',
  title: 'No node that pods of a SecurityGroupPolicy may run on can have a trunk interface',
  severity: 'high',
  since: '0.1.0',
  subject: 'workload',
  reads: [...workloadGroupKinds, 'k8s/Node'],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/security-groups-for-pods.html',
    'https://github.com/aws/amazon-vpc-resource-controller-k8s/blob/master/pkg/aws/vpc/limits.go',
  ],

  test({ subject: workload, world }) {
    const selected = selectedBy(world, workload)
    if (selected === undefined) return skip('no policy selects the workload')
    if (runsOnFargate(workload)) return skip('its pods run on Fargate')
    const nodes = eligibleNodes(world, workload)
    const [first] = nodes
    if (first === undefined) return skip('no EC2 node fits the workload')
    const able = nodes.find(node => mayHaveTrunk(node) === true)
    if (able !== undefined) return pass(typeAt(able, 'can have a trunk interface'))
    const open = nodes.find(node => mayHaveTrunk(node) === undefined)
    if (open !== undefined)
      throw new Unread({
        kind: open.kind,
        id: open.id,
        reason: `whether ${instanceType(open) ?? 'the instance type of a node'} can have a trunk interface is not in the table of ${limitsDate}`,
        settle: { by: 'user', step: 'see kubectl get node -o yaml for allocatable vpc.amazonaws.com/pod-eni, and events of the node' },
      })
    const types = [...new Set(nodes.flatMap(node => instanceType(node) ?? []))].sort()
    const [policy] = selected.policies
    return fail({
      message: `policy ${policy.id} selects ${workload.name}, and the nodes that it may run on (${types.join(', ')}) cannot have a trunk interface`,
      evidence: [
        typeAt(first, 'this type cannot have a trunk interface'),
        ...nodes.slice(1, 3).map(node => typeAt(node, 'nor can this')),
        policy.at(['metadata', 'name'], 'this policy is to give the pods their groups'),
      ],
      effect: `No such node (${namesOf(nodes)}) offers vpc.amazonaws.com/pod-eni, so new pods stay Pending until one of another type joins.`,
      help: 'Add nodes of a type with branch interfaces, such as m5, c6i or m7g: no type of the t families has any, nor i4i.large.',
    })
  },
})

const typeAt = (node: Node, label: string) =>
  instanceType(node) === undefined ? node.at(['metadata', 'name'], label) : node.at(instanceTypePath, label)
