import { defineCheck } from '#joints/define.ts'
import type { Evidence } from '#model/resource.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import type { ExternalSecret } from '../external-secrets.ts'
import { externalEvidence, externalKinds, externalStored, externalText, overAsked } from '../external-reads.ts'
import { durationOf } from '../rotation.ts'
import { rotationPeriod } from '../rotation-period.ts'

export default defineCheck({
  id: 'secrets-store/refresh-too-seldom',
  title: 'A secret is rotated more often than its ExternalSecret is refreshed',
  severity: 'low',
  since: '0.1.0',
  subject: 'k8s/ExternalSecret',
  reads: externalKinds,
  sources: [
    'https://external-secrets.io/latest/api/externalsecret/#update-behavior-with-3-different-refresh-policies',
    'https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html',
  ],

  test({ subject: externalSecret, world }) {
    const refresh = refreshOf(externalSecret)
    if (refresh === undefined) return skip('its refreshInterval is no duration')
    return overAsked(world, externalSecret, external => {
      if (!external.asked.value) return skip('it reads tags alone')
      if (external.asked.version?.startsWith('uuid/') === true) return skip('it asks for one version, which stays')
      const stored = externalStored(world, external)
      if (stored?.kind !== 'aws/secretsmanager/Secret' || stored.body.RotationEnabled !== true) return skip('nothing of it is rotated')
      const period = rotationPeriod(stored)
      const isSeldom = refresh.milliseconds === undefined || (period !== undefined && period.milliseconds <= refresh.milliseconds)
      if (!isSeldom) return period === undefined ? skip('when it is rotated is no plain rate') : pass(refresh.at, period.at)
      return fail({
        message: `${externalText(external)} is rotated${period === undefined ? '' : ` every ${period.text}`}, and ExternalSecret ${externalSecret.id} is refreshed ${refresh.text}`,
        evidence: [
          refresh.at,
          period?.at ?? stored.at(['RotationEnabled'], 'it is rotated'),
          externalEvidence(external, 'it asks for this'),
        ],
        effect: 'After a rotation the Secret keeps a value that no longer holds, and so do the pods that use it.',
        help: 'Refresh it periodically, well within the time between two rotations: an hour, the default, costs little.',
        key: external.name,
      })
    })
  },
})

interface Refresh {
  /** Undefined: not by itself. */
  readonly milliseconds: number | undefined
  readonly text: string
  readonly at: Evidence
}

/** Hourly when nothing is said; undefined: what is said is no duration. */
function refreshOf(externalSecret: ExternalSecret): Refresh | undefined {
  const { refreshPolicy = 'Periodic', refreshInterval } = externalSecret.body.spec
  if (refreshPolicy !== 'Periodic') {
    const text = refreshPolicy === 'CreatedOnce' ? 'never' : 'only when it is changed itself'
    return { milliseconds: undefined, text, at: externalSecret.at(['spec', 'refreshPolicy'], 'when it is refreshed') }
  }
  if (refreshInterval === undefined)
    return { milliseconds: 3_600_000, text: 'every hour', at: externalSecret.at(['spec'], 'it is refreshed every hour, by default') }
  const milliseconds = refreshInterval === '0' ? 0 : durationOf(refreshInterval)
  if (milliseconds === undefined) return undefined
  const at = externalSecret.at(['spec', 'refreshInterval'], 'how often it is refreshed')
  return milliseconds === 0 ? { milliseconds: undefined, text: 'never', at } : { milliseconds, text: `every ${refreshInterval}`, at }
}
