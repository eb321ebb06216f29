import { defineCheck } from '#joints/define.ts'
import { causeText, recognise } from '#joints/define-symptoms.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { driverOf } from '../drivers.ts'
import symptoms from '../symptoms.ts'

export default defineCheck({
  id: 'ebs-encryption/attachment-failing',
  title: 'A volume cannot be attached to the node of its pod',
  severity: 'high',
  since: '0.1.0',
  subject: 'k8s/VolumeAttachment',
  reads: [],
  sources: ['https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/volume-attachment-v1/'],

  test({ subject: attachment }) {
    const { spec, status } = attachment.body
    if (driverOf(spec.attacher) === undefined) return skip('it is not of EBS')
    if (status?.attached === true) return pass(attachment.at(['status', 'attached'], 'the volume is attached'))
    const message = status?.attachError?.message ?? ''
    if (message === '') return skip('the driver is at it')
    const found = recognise(symptoms, message)
    const cause = found === undefined ? '' : `: ${causeText(found).replace(/\.$/, '')}`
    return fail({
      message: `volume ${spec.source.persistentVolumeName ?? ''} cannot be attached to node ${spec.nodeName}${cause}`,
      evidence: [attachment.at(['status', 'attachError', 'message'], 'the driver says so')],
      effect: 'The pods that mount it on that node wait in ContainerCreating.',
      help: found?.symptom.hidden ?? 'Mend what the message says; the driver tries again by itself.',
    })
  },
})
