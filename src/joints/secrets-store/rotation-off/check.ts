import { Unread } from '#base/errors.ts'
import { defineCheck } from '#joints/define.ts'
import { setting, targetOf, type Change } from '#model/change.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { driversIn, keeperOf } from '../installed.ts'
import { driverName, mountEvidence } from '../mounts.ts'
import { storedKinds } from '../over-wanted.ts'
import { mountedSecretsIn } from '../rotated-secrets.ts'
import { isRepublished, rotationSwitch } from '../rotation.ts'

export default defineCheck({
  id: 'secrets-store/rotation-off',
  title: 'Secrets Manager rotates a mounted secret, and the driver never renews what is mounted',
  severity: 'high',
  since: '0.1.0',
  subject: 'k8s/DaemonSet',
  reads: [...storedKinds, 'k8s/CSIDriver'],
  sources: [
    'https://secrets-store-csi-driver.sigs.k8s.io/topics/secret-auto-rotation',
    'https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets.html',
  ],

  test({ subject: daemonSet, world }) {
    const cluster = 'cluster' in daemonSet.scope ? daemonSet.scope.cluster : ''
    const driver = driversIn(world, cluster).find(each => each.daemonSet === daemonSet)
    if (driver === undefined) return skip('it is not the driver')
    const rotation = rotationSwitch(driver)
    const csiDriver = world.find('k8s/CSIDriver', driverName, daemonSet.scope)
    if (csiDriver === undefined) return skip('the CSIDriver is missing: secrets-store/driver-missing says so')
    const republished = rotation.isOn && isRepublished(driver, csiDriver)
    if (republished)
      return pass(rotation.at('the driver renews what is mounted'), csiDriver.at(['spec'], 'the kubelet asks again as this says'))
    const { found, unread } = mountedSecretsIn(world, cluster)
    const rotated = found.find(({ secret: { body } }) => body.RotationEnabled === true)
    if (rotated === undefined) {
      const [fact] = unread
      if (fact !== undefined) throw new Unread(fact)
      return skip('no mounted secret is rotated')
    }
    const { secret, mount } = rotated
    const count = new Set(found.filter(({ secret: { body } }) => body.RotationEnabled === true).map(each => each.secret.id)).size
    const keeper = keeperOf(rotation.isOn ? csiDriver : daemonSet)
    const argument = driver.argument('enable-secret-rotation')
    const args = daemonSet.body.spec?.template.spec?.containers[Number(driver.path.at(-1))]?.args ?? []
    const path = argument === undefined ? [...driver.path, 'args'] : argument.path
    const written = '--enable-secret-rotation=true'
    const change: Change = rotation.isOn
      ? {
          target: targetOf(csiDriver),
          edit: setting(csiDriver, ['spec', 'requiresRepublish'], true),
          permissions: ['patch csidrivers'],
          risk: 'The kubelet asks for each volume about every minute.',
        }
      : {
          target: targetOf(daemonSet),
          edit: setting(daemonSet, path, argument === undefined ? [...args, written] : written),
          permissions: ['patch daemonsets'],
          risk: 'The driver asks Secrets Manager for every mounted object at each poll interval, which costs.',
        }
    return fail({
      message: `Secrets Manager rotates secret ${secret.body.Name}${count === 1 ? '' : ` and ${count - 1} more`}, which ${mount.workload.name} mounts, and ${rotation.isOn ? `the kubelet never asks ${driverName} again` : `driver ${daemonSet.id} does not rotate`}`,
      evidence: [
        rotation.isOn
          ? csiDriver.at(['spec'], 'without requiresRepublish: true this version never renews')
          : rotation.at('rotation is off'),
        secret.at(['RotationEnabled'], 'the secret is rotated'),
        mountEvidence(mount, 'this volume mounts it'),
      ],
      effect: 'After the next rotation the pods go on with the old value until they are made anew; what it opens is then closed to them.',
      ...(keeper === undefined
        ? { fix: { title: rotation.isOn ? 'let the kubelet ask again' : 'renew what is mounted', safe: false, changes: [change] } }
        : {
            help: `Set enableSecretRotation and rotationPollInterval in ${keeper} (below secrets-store-csi-driver in the chart of the provider and in the add-on), which would take back an edit.`,
          }),
    })
  },
})
