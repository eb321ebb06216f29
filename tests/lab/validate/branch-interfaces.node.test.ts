import { readFile } from 'node:fs/promises'
import { DeleteClusterCommand, EKSClient } from '@aws-sdk/client-eks'
import {
  CreateNetworkInterfaceCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  EC2Client,
} from '@aws-sdk/client-ec2'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { apply, deployment } from '../irsa/workloads.ts'
import { poll } from '../process/poll.ts'
import { describeNode } from '../shared-lab.ts'
import { makeCluster } from '../sources/make-network.ts'
import { installProbe } from './probe-image.ts'
import { restrictedNamespace } from './restricted-namespace.ts'
import { remains, validated, type ReportedResult } from './run-validate.ts'

const namespace = 'validate-groups'
const clusterName = 'validate-groups'

/** AWS's controller runs in no cluster but EKS: the test makes the interface and annotates the pod, as it does. */
describeNode('validate of security groups for pods', lab => {
  const ec2 = new EC2Client(lab.aws())
  let subnet: string
  let [own, other] = ['', '']

  beforeAll(async () => {
    await installProbe(lab)
    await lab.kubectlApply(await readFile(new URL('../crds/vpcresources.k8s.aws.yaml', import.meta.url), 'utf8'))
    await lab.kubectl('wait', '--for=condition=Established', 'crd/securitygrouppolicies.vpcresources.k8s.aws', '--timeout=30s')
    const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }))
    const VpcId = Vpc?.VpcId ?? ''
    const { Subnet } = await ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock: '10.0.0.0/16' }))
    subnet = Subnet?.SubnetId ?? ''
    const group = async (GroupName: string) =>
      (await ec2.send(new CreateSecurityGroupCommand({ GroupName, Description: GroupName, VpcId }))).GroupId ?? ''
    own = await group('validate-own')
    other = await group('validate-other')
    await makeCluster(lab, clusterName, VpcId, subnet)
    await apply(lab, [
      restrictedNamespace(namespace),
      {
        apiVersion: 'vpcresources.k8s.aws/v1beta1',
        kind: 'SecurityGroupPolicy',
        metadata: { name: 'api', namespace },
        spec: { podSelector: { matchLabels: { app: 'api' } }, securityGroups: { groupIds: [own] } },
      },
      deployment(namespace, 'api', 'default', {}, 0),
    ])
  })
  afterAll(async () => {
    await lab.kubectl('delete', 'namespace', namespace, '--wait=false')
    await new EKSClient(lab.aws()).send(new DeleteClusterCommand({ name: clusterName }))
  })

  /** Gives the probe's pod an interface with these groups, as soon as it is there. */
  async function allocate(groups: readonly string[]): Promise<void> {
    const made = await ec2.send(new CreateNetworkInterfaceCommand({ SubnetId: subnet, Groups: [...groups] }))
    const find = async () => {
      const names = (await lab.kubectl('get', 'pods', '-n', namespace, '-l', 'mortise/probe', '-o', 'name')).trim()
      return names === '' ? undefined : names
    }
    const pod = await poll(find, { what: 'the pod of the probe', timeoutMilliseconds: 60_000, everyMilliseconds: 200 })
    const value = JSON.stringify([{ eniId: made.NetworkInterface?.NetworkInterfaceId, privateIp: '10.0.0.9', vlanId: 1 }])
    await lab.kubectl('annotate', '-n', namespace, pod, `vpc.amazonaws.com/pod-eni=${value}`)
  }

  async function groupsSeen(meanwhile: () => Promise<void>): Promise<ReportedResult | undefined> {
    const args = ['deploy/api', '-n', namespace, '--joint', 'security-groups-for-pods', '--cluster', clusterName]
    const [report] = await Promise.all([validated(lab, args), meanwhile()])
    expect(await remains(lab)).toBe('')
    return report.probes[0]?.results[0]
  }

  test('the groups that EC2 says are those of the policy', async () => {
    const seen = await groupsSeen(() => allocate([own]))
    expect(seen, JSON.stringify(seen)).toMatchObject({
      says: `the pod has an interface of its own with ${own}`,
      observed: { is: 'yes', text: `EC2 says ${own}` },
    })
  })

  test('other groups are told', async () => {
    const seen = await groupsSeen(() => allocate([own, other]))
    expect(seen?.observed, JSON.stringify(seen)).toEqual({ is: 'no', text: `EC2 says ${[own, other].join(', ')}` })
  })

  test('a pod that nobody gave an interface is told', async () => {
    const seen = await groupsSeen(() => Promise.resolve())
    expect(seen?.observed, JSON.stringify(seen)).toEqual({ is: 'no', text: 'the pod has no annotation vpc.amazonaws.com/pod-eni' })
  })
})
