import { Unread } from '#base/errors.ts'
import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { driversIn } from '../installed.ts'
import { mountEvidence } from '../mounts.ts'
import { storedKinds } from '../over-wanted.ts'
import { mountedSecretsIn } from '../rotated-secrets.ts'
import { rotationPeriod } from '../rotation-period.ts'
import { pollInterval, rotationSwitch } from '../rotation.ts'

export default defineCheck({
  id: 'secrets-store/rotation-interval-too-long',
  title: 'A mounted secret is rotated more often than the driver looks',
  severity: 'medium',
  since: '0.1.0',
  subject: 'k8s/DaemonSet',
  reads: storedKinds,
  sources: [
    'https://secrets-store-csi-driver.sigs.k8s.io/topics/secret-auto-rotation',
    'https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html',
  ],

  test({ subject: daemonSet, world }) {
    const cluster = 'cluster' in daemonSet.scope ? daemonSet.scope.cluster : ''
    const driver = driversIn(world, cluster).find(each => each.daemonSet === daemonSet)
    if (driver === undefined) return skip('it is not the driver')
    if (!rotationSwitch(driver).isOn) return skip('the driver does not rotate: secrets-store/rotation-off says so where it matters')
    const interval = pollInterval(driver)
    if (interval.milliseconds === undefined) return skip('the interval is no duration, and the driver does not start')
    const { milliseconds } = interval
    const { found, unread } = mountedSecretsIn(world, cluster)
    const rotated = found.flatMap(each => {
      const period = rotationPeriod(each.secret)
      return period === undefined ? [] : [{ ...each, period }]
    })
    const late = rotated.find(({ period }) => period.milliseconds <= milliseconds)
    if (late !== undefined) {
      const { secret, mount, period } = late
      return fail({
        message: `secret ${secret.body.Name} is rotated every ${period.text}, and driver ${daemonSet.id} looks every ${Math.round(milliseconds / 3_600_000)} hours`,
        evidence: [interval.at('this long between two looks'), period.at, mountEvidence(mount, 'this volume mounts it')],
        effect: 'Pods may go on with a value that was replaced twice, so even what rotation leaves valid for a while is closed to them.',
        help: 'Set --rotation-poll-interval (rotationPollInterval in the chart) well below the time between two rotations: an hour costs little.',
        key: secret.body.Name,
      })
    }
    const [fact] = unread
    if (fact !== undefined) throw new Unread(fact)
    const [first] = rotated
    return first === undefined
      ? skip('no mounted secret is rotated on a schedule')
      : pass(interval.at('it looks more often than it is rotated'), ...rotated.map(({ period }) => period.at))
  },
})
