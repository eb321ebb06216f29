import { Unread } from '#base/errors.ts'
import { does } from '#joints/component-versions/define.ts'
import { ebsCsiDriver } from '#joints/component-versions/ebs-csi.ts'
import { versionText } from '#joints/container-image.ts'
import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { operatorKinds } from '../kinds.ts'
import { controllerIn, mechanismOf } from '../operator.ts'

export default defineCheck({
  id: 'ebs-encryption/controller-predates-pod-identity',
  title: 'The EBS CSI controller has a Pod Identity association and is too old to use it',
  severity: 'critical',
  since: '0.1.0',
  subject: 'k8s/Deployment',
  reads: operatorKinds,
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/pod-id-minimum-sdk.html',
    'https://github.com/kubernetes-sigs/aws-ebs-csi-driver/issues/1870',
  ],

  test({ subject: deployment, world }) {
    const controller = controllerIn(deployment)
    if (controller === undefined) return skip('it is not the controller of the EBS CSI driver')
    const mechanism = mechanismOf(world, controller)
    if (mechanism === undefined) return skip('it makes no pods')
    if (mechanism.session.is === 'unknown') throw new Unread(mechanism.session.fact)
    if (mechanism.by !== 'pod-identity') return skip('its role comes by another way')
    const { version } = controller
    if (version === undefined)
      throw new Unread({
        kind: 'k8s/Deployment',
        id: deployment.id,
        reason: 'which version the EBS CSI driver is, its tag does not tell',
        settle: { by: 'user', step: 'name the image by a tag that is its version' },
      })
    const places = mechanism.steps.flatMap(({ at }) => at ?? [])
    if (does(ebsCsiDriver, version, 'takes-pod-identity')) return pass(controller.image('this version takes Pod Identity'), ...places)
    return fail({
      message: `the EBS CSI controller ${deployment.id} is ${versionText(version)}, and takes credentials of Pod Identity since ${ebsCsiDriver.behaviours['takes-pod-identity'].since}`,
      evidence: [controller.image('this version refuses the address of the agent'), ...places.slice(-1)],
      effect: 'It starts and can call nothing: invalid endpoint host, "169.254.170.23", only loopback hosts are allowed.',
      help: 'Update the EKS add-on aws-ebs-csi-driver, or the Helm chart, before the association is made.',
    })
  },
})
