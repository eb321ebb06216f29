import { Unread } from '#base/errors.ts'
import { eksCluster, whyNoCluster } from '#joints/clusters.ts'
import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { groupOf, type Group } from '../named-groups.ts'
import { selectedBy, workloadGroupKinds } from '../workload-groups.ts'

export default defineCheck({
  id: 'security-groups-for-pods/cluster-tag-ambiguous',
  title: "Several groups of a pod carry the cluster's tag, so the load balancer controller cannot choose one",
  severity: 'medium',
  since: '0.1.0',
  subject: 'workload',
  reads: [...workloadGroupKinds, 'aws/ec2/SecurityGroup', 'aws/eks/Cluster'],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/security-groups-for-pods.html',
    'https://github.com/kubernetes-sigs/aws-load-balancer-controller/blob/main/pkg/networking/networking_manager.go',
  ],

  test({ subject: workload, world }) {
    const selected = selectedBy(world, workload)
    if (selected === undefined) return skip('no policy selects the workload')
    if (selected.groups.length === 1) return skip('its pods have one group')
    const cluster = eksCluster(world, workload.cluster)
    if (cluster === undefined) throw new Unread(whyNoCluster(world, workload.cluster))
    const tag = `kubernetes.io/cluster/${cluster.body.name}`
    const groups = selected.groups.flatMap(id => groupOf(world, cluster, id) ?? [])
    const tagged = groups.filter(group => tagIndex(group, tag) >= 0)
    const [first, second] = tagged
    if (first === undefined || second === undefined)
      return pass(
        cluster.at(['name'], 'of this cluster'),
        ...groups.map(group => group.at(['GroupId'], group === first ? 'it alone has the tag' : 'it has not the tag')),
      )
    const [policy] = selected.policies
    return fail({
      message: `${workload.name} gets ${tagged.length} groups with the tag ${tag}, where the AWS Load Balancer Controller expects one`,
      evidence: [
        first.at(['Tags', tagIndex(first, tag), 'Key'], 'this group has the tag'),
        ...tagged.slice(1).map(group => group.at(['Tags', tagIndex(group, tag), 'Key'], 'and this one')),
        policy.at(['spec', 'securityGroups', 'groupIds'], 'pods get both on one interface'),
      ],
      effect:
        'The controller opens the ports of targets in the group that has the tag. With several it stops (expected exactly one securityGroup tagged), and health checks of IP targets fail.',
      help: `Take the tag ${tag} off all groups of the pods but one: that of the cluster security group is EKS's own.`,
    })
  },
})

const tagIndex = ({ body }: Group, tag: string): number => (body.Tags ?? []).findIndex(({ Key }) => Key === tag)
