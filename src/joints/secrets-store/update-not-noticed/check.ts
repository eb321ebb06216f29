import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { overWanted, storedKinds, wantedEvidence, wantedText } from '../over-wanted.ts'
import { replacing } from '../../irsa/replace-pods.ts'
import { storedOf } from '../reads.ts'
import { frozenUse, restartedBy } from '../noticing.ts'
import { changedAfter, willChange } from '../value-changes.ts'

export default defineCheck({
  id: 'secrets-store/update-not-noticed',
  title: 'Containers take a rotated secret in a way that is never renewed, and nothing restarts them',
  severity: 'medium',
  severities: ['high'],
  since: '0.1.0',
  subject: 'workload',
  reads: storedKinds,
  sources: [
    'https://secrets-store-csi-driver.sigs.k8s.io/known-limitations#secrets-not-rotated-when-using-subpath-volume-mount',
    'https://secrets-store-csi-driver.sigs.k8s.io/topics/set-as-env-var',
    'https://docs.stakater.com/reloader/',
  ],

  test({ subject: workload, world }) {
    return overWanted(world, workload, (wanted, home, taken) => {
      if (wanted.isFailover || wanted.version !== undefined) return skip('the value never changes')
      const use = frozenUse(taken, wanted.object)
      const stored = storedOf(world, wanted, home)
      if (stored === undefined) return skip('it does not exist, which another check says')
      const rotation = willChange(stored)
      const stale = workload.pods().flatMap(pod => changedAfter(stored, pod) ?? [])[0]
      if (rotation === undefined && stale === undefined) return skip('it is not known to change')
      const says = stale?.changed ?? rotation
      if (says === undefined) return skip('it is not known to change')
      if (use === undefined) return pass(wantedEvidence(taken, wanted, 'containers have it as a file, which is renewed in place'), says)
      const restarts = restartedBy(world, workload)
      if (restarts !== undefined) return pass(...restarts, says)
      const restart = stale === undefined ? undefined : replacing(workload, [stale.pod])
      const how = use.by === 'env' ? `a variable of container ${use.container}` : `a subPath of container ${use.container}`
      return fail({
        message: `${workload.name} has ${wantedText(wanted)} as ${how}, which ${stale === undefined ? 'no rotation reaches' : `is older than the value of ${stale.when}`}`,
        evidence: [
          use.at(use.by === 'env' ? 'set once, when the container starts' : 'bound once, when the container starts'),
          says,
          ...(stale === undefined ? [] : [stale.started]),
        ],
        effect:
          stale === undefined
            ? 'After the next rotation the containers go on with the old value until somebody restarts them; with single-user rotation it is refused at once.'
            : 'The containers run on the value from before: what it opens is closed to them as soon as the old one ends.',
        ...(stale === undefined ? {} : { severity: 'high' as const }),
        ...(restart === undefined
          ? {
              help: 'Read the file of the whole mount, which is renewed in place, or let Reloader restart the pods when the synced Secret changes; alternate two users in the rotation until then.',
            }
          : { fix: { title: `replace the pods of ${workload.name}`, safe: false, changes: [restart] } }),
        key: `${wanted.name} ${use.container} ${stale === undefined ? 'next' : 'now'}`,
      })
    })
  },
})
