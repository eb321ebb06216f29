import { Unread } from '#base/errors.ts'
import { isAtLeast, parseVersion } from '#joints/container-image.ts'
import { defineCheck } from '#joints/define.ts'
import { vpcCniOf } from '#joints/vpc-cni.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { clusterOf } from '../branch-interface.ts'

const names = { cni: 'aws-node', agent: 'aws-eks-nodeagent' } as const

export default defineCheck({
  id: 'security-groups-for-pods/cni-version-incompatible',
  title: 'This version of the VPC CNI does not go with its network policy agent, or was withdrawn',
  severity: 'high',
  severities: ['medium'],
  since: '0.1.0',
  subject: 'k8s/DaemonSet',
  reads: ['k8s/ConfigMap'],
  sources: ['https://github.com/aws/amazon-vpc-cni-k8s/blob/master/CHANGELOG.md', 'https://github.com/aws/amazon-vpc-cni-k8s/pull/3720'],

  test({ subject: daemonSet, world }) {
    if (daemonSet.id !== 'kube-system/aws-node') return skip('not the VPC CNI')
    const cni = vpcCniOf(world, clusterOf(daemonSet.scope))
    const version = parseVersion(cni?.version ?? '')
    if (cni === undefined || version === undefined) throw noVersion(daemonSet, 'the VPC CNI')
    const image = imageOf(daemonSet, names.cni)
    if (cni.version === 'v1.22.1')
      return fail({
        message: 'the VPC CNI is v1.22.1, which gives interfaces of nodes the groups that are tagged kubernetes.io/role/cni',
        evidence: [image('v1.22.2 took this back')],
        effect: 'A group that somebody tags so takes the place of the groups that plain pods had, on this version alone.',
        severity: 'medium',
        help: 'Move to v1.22.2 or later.',
      })
    if (!isAtLeast(version, '1.23.0')) return pass(image('it goes with every agent of its time'))
    if (!cni.hasAgent) return pass(image('no network policy agent runs beside it'))
    const agent = parseVersion(cni.agentVersion ?? '')
    if (agent === undefined) throw noVersion(daemonSet, 'the network policy agent')
    const agentImage = imageOf(daemonSet, names.agent)
    if (isAtLeast(agent, '1.4.1')) return pass(image('needs an agent of v1.4.1 or later'), agentImage('and this is one'))
    return fail({
      message: `the VPC CNI is ${cni.version ?? ''} and its network policy agent ${cni.agentVersion ?? ''}, which does not find it`,
      evidence: [
        agentImage('v1.4.1 is the first that looks for a Unix socket'),
        image('from v1.23.0 on the VPC CNI answers at a Unix socket, not at a port'),
      ],
      effect:
        'The agent is not told of new pods: in strict mode of network policies they do not start (failed to setup network policy), in standard mode policies are late or missing.',
      help: 'Update both together, as the add-on vpc-cni does.',
    })
  },
})

const imageOf = (daemonSet: Resource<'k8s/DaemonSet'>, name: string): ((label: string) => Evidence) => {
  const index = (daemonSet.body.spec?.template.spec?.containers ?? []).findIndex(container => container.name === name)
  return label => daemonSet.at(['spec', 'template', 'spec', 'containers', index, 'image'], label)
}

const noVersion = ({ kind, id }: Resource<'k8s/DaemonSet'>, what: string): Unread =>
  new Unread({
    kind,
    id,
    reason: `the image of ${what} does not tell its version`,
    settle: { by: 'user', step: 'compare the two in the log of aws-node: VPC CNI v1.23.0 needs network policy agent v1.4.1' },
  })
