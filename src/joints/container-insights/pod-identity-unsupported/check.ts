import { Unread } from '#base/errors.ts'
import { parseImage, parseVersion, versionText, type Version } from '#joints/container-image.ts'
import { does, isImageOf } from '#joints/component-versions/define.ts'
import { fluentBit } from '#joints/component-versions/container-insights.ts'
import { defineCheck } from '#joints/define.ts'
import { workloadKinds } from '#joints/workloads.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { associationOf } from '../../pod-identity/association.ts'
import { shipperOf, type Shipper } from '../shippers.ts'

export default defineCheck({
  id: 'container-insights/pod-identity-unsupported',
  title: 'Fluent Bit has a Pod Identity association that its version cannot use',
  severity: 'high',
  since: '0.1.0',
  subject: 'workload',
  reads: [...workloadKinds, 'aws/eks/Cluster', 'aws/eks/PodIdentityAssociation'],
  sources: [
    'https://github.com/aws-observability/helm-charts/blob/main/RELEASE_NOTES',
    'https://docs.aws.amazon.com/eks/latest/userguide/pod-id-minimum-sdk.html',
  ],

  test({ subject: workload, world }) {
    const shipper = shipperOf(workload)
    const image = shipper?.container.image ?? ''
    if (shipper === undefined || !isImageOf(fluentBit, image)) return skip('the workload is no aws-for-fluent-bit')
    const { cluster, namespace, serviceAccountName: name } = workload
    const association = associationOf(world, { cluster, namespace, name })
    if (association === undefined) return skip('its service account has no Pod Identity association')
    const version = versionOf(shipper, image)
    const at = association.at(['serviceAccount'], 'the association is for its service account')
    if (does(fluentBit, version, 'takes-pod-identity')) return pass(shipper.at(['image'], 'this version takes the association'), at)
    return fail({
      message: `${workload.name} in ${namespace} is aws-for-fluent-bit ${versionText(version)}, which does not use its Pod Identity association`,
      evidence: [shipper.at(['image'], 'Pod Identity came with 2.32.5'), at],
      effect:
        'It passes over the association and asks the node for its role: AccessDeniedException for the node’s role, or no credentials at all.',
      help: 'Update the add-on amazon-cloudwatch-observability to 3.1.0 or later, or the image to 2.32.5 or later.',
    })
  },
})

/** Its tags have four parts: `2.32.5.20250305`. @throws Unread when the tag is no version */
function versionOf({ workload: { resource } }: Shipper, image: string): Version {
  const version = parseVersion(/^v?(\d+\.\d+\.\d+)/.exec(parseImage(image).tag ?? '')?.[1] ?? '')
  if (version !== undefined) return version
  throw new Unread({
    kind: resource.kind,
    id: resource.id,
    reason: `which version ${image} is, its tag does not tell`,
    settle: { by: 'user', step: 'name the image by a tag that is its version' },
  })
}
