import { does } from '#joints/component-versions/define.ts'
import { secretsStoreDriver } from '#joints/component-versions/secrets-store.ts'
import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { seenDrivers, versionedText, versionOf } from '../installed.ts'
import { driverName } from '../mounts.ts'

export default defineCheck({
  id: 'secrets-store/driver-logs-tokens',
  title: 'This version of the driver writes service account tokens to its log',
  severity: 'high',
  severities: ['medium'],
  since: '0.1.0',
  subject: 'k8s/DaemonSet',
  reads: ['k8s/CSIDriver'],
  sources: [
    'https://github.com/kubernetes-sigs/secrets-store-csi-driver/security/advisories/GHSA-g82w-58jf-gcxx',
    'https://nvd.nist.gov/vuln/detail/CVE-2023-2878',
  ],

  test({ subject: daemonSet, world }) {
    const driver = seenDrivers(world).find(each => each.daemonSet === daemonSet)
    if (driver === undefined) return skip('it is not the driver')
    if (!does(secretsStoreDriver, versionOf(driver), 'logs-tokens')) return pass(driver.image('this version writes no tokens'))
    const csiDriver = world.find('k8s/CSIDriver', driverName, daemonSet.scope)
    if ((csiDriver?.body.spec.tokenRequests ?? []).length === 0) return skip('the driver is given no tokens')
    const verbosity = driver.argument('v')
    const isLogged = Number(verbosity?.value ?? '0') >= 2
    return fail({
      message: `driver ${daemonSet.id}${versionedText(driver)} ${isLogged ? 'writes' : 'would write, at log level 2,'} the tokens that it is given to its log (CVE-2023-2878)`,
      evidence: [
        driver.image('before 1.3.3'),
        ...(csiDriver === undefined ? [] : [csiDriver.at(['spec', 'tokenRequests'], 'it is given tokens')]),
        ...(verbosity === undefined ? [] : [daemonSet.at(verbosity.path, 'the log level')]),
      ],
      effect:
        'Whoever reads the log of the driver can be any service account that mounts secrets, in the cluster and in AWS, until its token ends.',
      ...(isLogged ? {} : { severity: 'medium' as const }),
      help: 'Upgrade the driver to 1.3.3 or later; then look at who can read its log, and where logs are kept.',
    })
  },
})
