import { Unread } from '#base/errors.ts'
import { defineCheck } from '#joints/define.ts'
import { sessionToldBy } from '#joints/session-links.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { operatorKinds } from '../kinds.ts'
import { controllerIn, mechanismOf } from '../operator.ts'

export default defineCheck({
  id: 'ebs-encryption/controller-has-no-session',
  title: 'The EBS CSI controller gets no AWS credentials',
  severity: 'critical',
  since: '0.1.0',
  subject: 'k8s/Deployment',
  reads: operatorKinds,
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/ebs-csi.html',
    'https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/docs/install.md#set-up-driver-permissions',
  ],

  test({ subject: deployment, world }) {
    const controller = controllerIn(deployment)
    if (controller === undefined) return skip('it is not the controller of the EBS CSI driver')
    const mechanism = mechanismOf(world, controller)
    if (mechanism === undefined) return skip('it makes no pods')
    const { session, steps, by } = mechanism
    if (session.is === 'unknown') throw new Unread(session.fact)
    const places = steps.flatMap(({ at }) => at ?? [])
    if (session.is === 'holds') return pass(...places)
    const there = new Map([...session.at, ...places].map(place => [`${place.resource.id}\n${place.path.join('.')}`, place]))
    const [first, ...more] = there.values()
    return fail({
      message: `the EBS CSI controller ${deployment.id} gets no AWS credentials: ${session.reason}`,
      evidence: [
        first ?? controller.image('this is the controller'),
        ...more.slice(0, 2),
        ...(first === undefined ? [] : [controller.image('this is the controller')]),
      ],
      effect: 'It can neither make nor attach volumes: claims stay Pending, and pods that move to another node wait for their volumes.',
      help: 'What its service account lacks is told where the joint of its identity is: irsa, pod-identity or node-credentials.',
      ...sessionToldBy(by),
    })
  },
})
