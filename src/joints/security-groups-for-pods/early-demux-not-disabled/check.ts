import { defineCheck } from '#joints/define.ts'
import { isTrue, vpcCniKinds } from '#joints/vpc-cni.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { enforcingOf, settingAt, settingVariable } from '../enforcing-mode.ts'
import { runsOnFargate } from '../fargate.ts'
import { networkProbes } from '../probes.ts'
import { selectedBy, workloadGroupKinds } from '../workload-groups.ts'

const name = 'DISABLE_TCP_EARLY_DEMUX'

export default defineCheck({
  id: 'security-groups-for-pods/early-demux-not-disabled',
  title: 'In strict mode the kubelet cannot probe pods over TCP, since early demux is on',
  severity: 'high',
  since: '0.1.0',
  subject: 'workload',
  reads: [...workloadGroupKinds, ...vpcCniKinds],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/security-groups-pods-deployment.html',
    'https://github.com/aws/amazon-vpc-cni-k8s#disable_tcp_early_demux-v173',
  ],

  test({ subject: workload, world }) {
    const selected = selectedBy(world, workload)
    if (selected === undefined) return skip('no policy selects the workload')
    if (runsOnFargate(workload)) return skip('its pods run on Fargate')
    const [probe] = networkProbes(workload.template)
    if (probe === undefined) return skip('the workload has no probe over the network')
    const enforcing = enforcingOf(world, workload.cluster)
    if (enforcing === undefined) return skip('the cluster does not run the VPC CNI')
    const [policy] = selected.policies
    if (enforcing.mode === 'standard') return pass(enforcing.at)
    const { cni } = enforcing
    const setting = cni.initVariable(name)
    if (isTrue(setting)) return pass(settingAt(cni, setting, 'the kubelet can connect to pods'))
    const change = settingVariable(
      cni,
      'initContainers',
      name,
      'true',
      'aws-node is restarted on every node, and connections between processes of one node take a little longer. The add-on keeps the value unless its conflicts are resolved by OVERWRITE: set it in its configuration too.',
    )
    return fail({
      message: `${workload.name} is probed over TCP and has groups of its own in strict mode, and ${name} of aws-vpc-cni-init is ${setting.value === undefined ? 'not set' : JSON.stringify(setting.value)}`,
      evidence: [
        settingAt(cni, setting, setting.path === undefined ? `its init container has no ${name}` : 'this is not true'),
        workload.template.resource.at(probe.path, 'the kubelet connects to the pod for this probe'),
        enforcing.at,
        policy.at(['metadata', 'name'], 'this policy gives the pods groups of their own'),
      ],
      effect: 'The kubelet of the own node does not get through to the pods, so they do not become ready, or are killed.',
      ...(change === undefined
        ? { help: `Set ${name} to true in the init container aws-vpc-cni-init of aws-node, or use exec probes.` }
        : { fix: { title: `set ${name} of aws-vpc-cni-init to true`, safe: false, changes: [change] } }),
    })
  },
})
