import { Unread } from '#base/errors.ts'
import { versionText } from '#joints/container-image.ts'
import { does } from '#joints/component-versions/define.ts'
import { secretsStoreDriver } from '#joints/component-versions/secrets-store.ts'
import type { Evidence } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { fail, pass, skip, type Verdict } from '#model/verdict.ts'
import { replacing } from '../irsa/replace-pods.ts'
import { instantOf } from '../pod-identity/association.ts'
import type { TakenClass } from './classes.ts'
import { providerSession } from './identity.ts'
import { driversIn, versionOf, type Installed } from './installed.ts'
import { mountedFiles } from './mounted-files.ts'
import { driverName } from './mounts.ts'
import type { WantedReader } from './over-wanted.ts'
import type { PodStatus } from './pod-statuses.ts'
import { storedOf } from './reads.ts'
import { isRepublished, pollInterval, rotationSwitch } from './rotation.ts'
import { settled } from './settled.ts'
import { homeOf, wantedOf, type Home, type Parameter, type Secret, type Wanted } from './stored.ts'

type StalenessReader = WantedReader & Reader<'k8s/CSIDriver'>

/** The kubelet needs up to a minute and a half beside two looks of the driver. */
const slack = 90_000

/** Whether every file of one pod is of the version that is current. */
export function stalenessVerdict(world: StalenessReader, taken: TakenClass, status: PodStatus): Verdict {
  const roleArn = providerSession(world, taken)?.roleArn
  const home = roleArn === undefined ? undefined : homeOf(roleArn)
  if (home === undefined) return skip('the provider has no identity for its pods, which other checks tell')
  const files = new Map(mountedFiles(taken.parsed).map(each => [each.file, each]))
  const objects = (status.body.status?.objects ?? []).map((object, index) => ({ ...object, index }))
  return settled(
    objects,
    ({ id = '', version = '', index }) => {
      const wanted = wantedOf(taken).find(each => !each.isFailover && each.object === files.get(id)?.object)
      if (wanted === undefined) return skip('the class no longer names it')
      return ofObject(world, taken, home, wanted, {
        status,
        file: id,
        version,
        at: label => status.at(['status', 'objects', index, 'version'], label),
      })
    },
    'nothing of it is mounted',
  )
}

interface Mounted {
  readonly status: PodStatus
  readonly file: string
  readonly version: string
  at(label: string): Evidence
}

function ofObject(world: StalenessReader, taken: TakenClass, home: Home, wanted: Wanted, mounted: Mounted): Verdict {
  const stored = storedOf(world, wanted, home)
  if (stored === undefined) return skip('it does not exist, which another check says')
  if (wanted.version !== undefined) return skip('the class names one version: secrets-store/version-pinned says so where it matters')
  const current = currentOf(stored, wanted)
  if (current === undefined) return skip('which version has the label is not told')
  if (current.version === mounted.version) return pass(mounted.at('the version that is mounted'), current.at('is the current one'))
  return stale(world, taken, { stored, current, mounted })
}

interface Current {
  readonly version: string
  /** Milliseconds: it became current no later than this. */
  readonly since: number | undefined
  at(label: string): Evidence
}

function currentOf(stored: Secret | Parameter, { label }: Wanted): Current | undefined {
  if (stored.kind === 'aws/ssm/Parameter') {
    const { body } = stored
    if (label !== undefined || body.Version === undefined) return undefined
    return { version: String(body.Version), since: instantOf(body.LastModifiedDate), at: words => stored.at(['Version'], words) }
  }
  const { body } = stored
  const stage = label ?? 'AWSCURRENT'
  const found = Object.entries(body.VersionIdsToStages ?? {}).find(([, stages]) => stages?.includes(stage) === true)
  if (found === undefined) return undefined
  return { version: found[0], since: instantOf(body.LastChangedDate), at: words => stored.at(['VersionIdsToStages', found[0]], words) }
}

interface Stale {
  readonly stored: Secret | Parameter
  readonly current: Current
  readonly mounted: Mounted
}

function stale(world: StalenessReader, taken: TakenClass, { stored, current, mounted }: Stale): Verdict {
  const { workload } = taken.mount
  const [driver] = driversIn(world, workload.cluster)
  if (driver === undefined) return skip('the cluster has no driver: secrets-store/driver-missing says so')
  const csiDriver = world.find('k8s/CSIDriver', driverName, workload.resource.scope)
  const isOn = rotationSwitch(driver).isOn && csiDriver !== undefined && isRepublished(driver, csiDriver)
  const interval = pollInterval(driver).milliseconds
  if (isOn) {
    if (interval === undefined || current.since === undefined || world.readAt === undefined)
      throw new Unread({ kind: stored.kind, id: stored.id, reason: 'since when its current version is current is not told' })
    if (Date.parse(world.readAt) - current.since < 2 * interval + slack)
      return skip('it changed only just now: the driver is still to renew it')
  }
  const pod = mounted.status.body.status?.podName ?? ''
  const pods = workload.seenPods.filter(({ body }) => body.metadata.name === pod)
  const restart = replacing(workload, pods)
  const text = `${stored.kind === 'aws/ssm/Parameter' ? 'parameter' : 'secret'} ${stored.body.Name}`
  return fail({
    message: `pod ${pod} of ${workload.name} has version ${mounted.version} of ${text} mounted as ${mounted.file}, and ${current.version} is current`,
    evidence: [mounted.at('the version that is mounted'), current.at('the current version'), ...switchEvidence(driver, isOn)],
    effect: isOn
      ? `The driver is to renew it and does not: ${whySilent(driver)}`
      : 'The driver does not rotate, so the pod has the old value until it is made anew.',
    ...(restart === undefined || isOn
      ? {
          help: isOn
            ? 'Look at the logs of the driver and of the provider on the node of the pod for isRemountRequest=true and Failed fetching: the link before that fails for new pods too.'
            : 'Make the pod anew, and let the driver rotate.',
        }
      : { fix: { title: `replace the pods of ${workload.name}`, safe: false, changes: [restart] } }),
    key: `${pod} ${mounted.file}`,
  })
}

const switchEvidence = (driver: Installed, isOn: boolean): readonly Evidence[] => [
  rotationSwitch(driver).at(isOn ? 'rotation is on' : 'rotation is off'),
]

function whySilent(driver: Installed): string {
  const { version } = driver
  const masks = version !== undefined && does(secretsStoreDriver, versionOf(driver), 'masks-errors-of-remounts')
  return masks
    ? `version ${versionText(version)} tells the kubelet that all went well, so neither an event nor the pod says why.`
    : 'an event MountRotationFailed of the pod says why.'
}
