import { describe, expect, it } from 'vitest'
import { causeText, recognise } from '#joints/define-symptoms.ts'
import joint from './joint.ts'
import symptoms from './symptoms.ts'

const seen = (text: string) => {
  const found = recognise(symptoms, text)
  return found === undefined ? undefined : [found.symptom.link, found.symptom.id, { ...found.parameters }]
}

/** As https://docs.aws.amazon.com/guardduty/latest/ug/eks-runtime-monitoring-coverage.html quotes them. */
describe('texts of the coverage and of the add-on', () => {
  it.each([
    [
      'Addon Creation Failed: Addon aws-guardduty-agent is not compatible with current cluster version of cluster prod. Addon specified is not supported.',
      'agent',
      'version-unsupported',
      {},
    ],
    [
      'VPC Endpoint Creation Failed: Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for vpc-0c0000000000000c1 (Service: Ec2, Status Code:400, Request ID: x)',
      'endpoint',
      'dns-attributes-off',
      { vpc: 'vpc-0c0000000000000c1' },
    ],
    ['VPC endpoint creation not supported for shared VPC vpc-0c1', 'endpoint', 'shared-vpc-unsupported', {}],
    [
      "Shared VPC: Owner account ID 111122223333 doesn't have either Runtime Monitoring, automated agent configuration, or both, enabled.",
      'endpoint',
      'owner-monitoring-off',
      { account: '111122223333' },
    ],
    [
      'EKS Addon issue - AdmissionRequestDenied: admission webhook "validate.kyverno.svc-fail" denied the request: policy DaemonSet/amazon-guardduty/aws-guardduty-agent for resource violation',
      'agent',
      'admission-denied',
      { webhook: 'validate.kyverno.svc-fail' },
    ],
    [
      'admission webhook "validation.gatekeeper.sh" denied the request: [all-namespace-must-have-label-owner] you must provide labels',
      'agent',
      'admission-denied',
      { webhook: 'validation.gatekeeper.sh' },
    ],
    [
      'EKS Addon issue - ConfigurationConflict: Conflicts found when trying to apply. Will not continue due to resolve conflicts mode. Conflicts: DaemonSet.apps aws-guardduty-agent - .spec.template.spec.containers[name="aws-guardduty-agent"].image',
      'agent',
      'configuration-conflict',
      { object: 'DaemonSet.apps aws-guardduty-agent' },
    ],
    [
      String.raw`AccessDenied: priorityclasses.scheduling.k8s.io \"aws-guardduty-agent.priorityclass\" is forbidden: User \"eks:addon-manager\" cannot patch resource \"priorityclasses\"`,
      'agent',
      'addon-manager-forbidden',
      { verb: 'patch' },
    ],
    [
      String.raw`AccessDenied: namespaces\"amazon-guardduty\"isforbidden:User\"eks:addon-manager\"cannotpatchresource\"namespaces\"`,
      'agent',
      'addon-manager-forbidden',
      { verb: 'patch' },
    ],
    [
      'EKS Addon issue - InsufficientNumberOfReplicas: The add-on is unhealthy because one or more pods have waiting containers CrashLoopBackOff: Completed',
      'running',
      'agent-crashes',
      { how: 'Completed' },
    ],
    [
      'EKS Addon issue - InsufficientNumberOfReplicas: one or more pods are not scheduled 0/3 nodes are available: 3 Insufficient cpu. preemption: not eligible due to preemptionPolicy=Never.',
      'nodes',
      'no-room-for-agent',
      { what: 'Insufficient cpu' },
    ],
    [
      '0/3 nodes are available: 1 Too many pods. preemption: not eligible due to preemptionPolicy=Never',
      'nodes',
      'no-room-for-agent',
      { what: 'Too many pods' },
    ],
    ['1 node(s) had untolerated taint {team: data}', 'nodes', 'untolerated-taint', { taint: 'team: data' }],
    ['EKS Runtime Monitoring enablement permission not granted', 'runtime-monitoring', 'enablement-not-permitted', {}],
    ['Others: Error due to authorization failure', 'runtime-monitoring', 'enablement-not-permitted', {}],
    ['EKS Runtime Monitoring enablement resource provisioning in progress', 'coverage', 'provisioning', {}],
    ['VPC Endpoint Creation Failed: something new', 'endpoint', 'endpoint-creation-failed', {}],
    ['Addon Creation Failed: something new', 'agent', 'addon-creation-failed', {}],
    ['EKS Addon issue: something new', 'running', 'addon-unhealthy', {}],
  ] as const)('%s', (text, link, id, parameters) => expect(seen(text)).toEqual([link, id, parameters]))
  it('says nothing of others', () => {
    for (const text of ['', 'No agent reporting', 'namespaces "x" is forbidden: User "alice" cannot patch resource "namespaces"'])
      expect(seen(text)).toBeUndefined()
  })
  it('point at links that the joint has, with a source and a cause', () => {
    const links = joint.links.map(({ id }) => id)
    for (const { link, source, cause } of symptoms.symptoms) {
      expect(links).toContain(link)
      expect(URL.canParse(source)).toBe(true)
      expect(cause).toMatch(/^[A-Z{].*\.$/s)
    }
  })
  it('reads as a sentence where the text does not hold a parameter', () => {
    const found = recognise(symptoms, 'requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true')
    expect(found === undefined ? '' : causeText(found)).toContain('VPC …')
  })
})
