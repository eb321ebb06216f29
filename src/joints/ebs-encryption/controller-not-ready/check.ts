import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { controllerIn } from '../operator.ts'

export default defineCheck({
  id: 'ebs-encryption/controller-not-ready',
  title: 'No pod of the EBS CSI controller is ready',
  severity: 'critical',
  since: '0.1.0',
  subject: 'k8s/Deployment',
  reads: [],
  sources: ['https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/docs/design.md'],

  test({ subject: deployment }) {
    const controller = controllerIn(deployment)
    if (controller === undefined) return skip('it is not the controller of the EBS CSI driver')
    const { spec, status } = deployment.body
    if (spec?.replicas === 0)
      return fail({
        message: `the EBS CSI controller ${deployment.id} is scaled to 0`,
        evidence: [deployment.at(['spec', 'replicas'], 'no pod runs'), controller.image('this is the controller')],
        effect: 'Volumes are neither made nor attached nor deleted in the whole cluster; those that are mounted stay so.',
        help: `kubectl -n ${deployment.body.metadata.namespace} scale deployment ${deployment.body.metadata.name} --replicas=2`,
      })
    if (status?.replicas === undefined) return skip('the Deployment was not read from a cluster, or has not begun')
    if ((status.readyReplicas ?? 0) > 0) return pass(deployment.at(['status', 'readyReplicas'], 'so many pods are ready'))
    return fail({
      message: `none of the pods of the EBS CSI controller ${deployment.id} is ready`,
      evidence: [deployment.at(['status', 'replicas'], 'pods that are not ready'), controller.image('this is the controller')],
      effect: 'Volumes are neither made nor attached nor deleted in the whole cluster; those that are mounted stay so.',
      help: `kubectl -n ${deployment.body.metadata.namespace} logs deployment/${deployment.body.metadata.name} -c ebs-plugin: metadata, credentials or the EC2 endpoint.`,
    })
  },
})
