import { addonOf, addonProposals } from '#joints/addon-proposals.ts'
import { does } from '#joints/component-versions/define.ts'
import { awsProvider } from '#joints/component-versions/secrets-store.ts'
import { keeperOf } from '#joints/keeper.ts'
import type { Proposal } from '#joints/proposal.ts'
import { UserError } from '#base/errors.ts'
import { setting, targetOf, type Change } from '#model/change.ts'
import type { Kind } from '#model/kinds.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { driversIn, providersIn, versionOf, type Installed } from './installed.ts'
import { driverName } from './mounts.ts'
import { isRepublished, rotationSwitch } from './rotation.ts'

export const driverKinds = ['aws/eks/Addon', 'aws/eks/Cluster', 'k8s/CSIDriver', 'k8s/DaemonSet'] as const satisfies readonly Kind[]
type DriverReader = Reader<(typeof driverKinds)[number]>
type Cluster = Resource<'aws/eks/Cluster'>

/** What the driver must do for the mounts that a blueprint declares. */
export interface DriverDuties {
  /** Of tokens: `sts.amazonaws.com`, `pods.eks.amazonaws.com`. */
  readonly audiences: readonly string[]
  /** Secrets Manager rotates one of the secrets. */
  readonly renews: boolean
}

/** It brings the driver and the provider. https://docs.aws.amazon.com/secretsmanager/latest/userguide/ascp-eks-installation.html */
const addonName = 'aws-secrets-store-csi-driver-provider'
const renewing = { 'secrets-store-csi-driver': { enableSecretRotation: true } }
const makes = 'secrets-store: driver, provider'

/**
 * What is missing for the cluster to mount secrets: the add-on, where nothing of it is installed; what an installed one does not do yet.
 * @throws Unread when something was not read, UserError `NOT_OURS` when somebody else keeps what must change
 */
export function driverProposals(world: DriverReader, cluster: Cluster, duties: DriverDuties): readonly Proposal[] {
  const { name } = cluster.body
  const [[driver], [provider]] = [driversIn(world, name), providersIn(world, name)]
  const addon = addonOf(world, cluster, addonName)
  if (driver === undefined || provider === undefined) {
    if (addon === undefined && driver === undefined && provider === undefined) return installation(world, cluster)
    if (addon !== undefined) return []
    throw incomplete(driver ?? provider, driver === undefined ? 'driver' : 'AWS provider')
  }
  const isRenewing = !duties.renews || rotationSwitch(driver).isOn
  if (addon !== undefined && !isRenewing)
    return addonProposals(world, cluster, {
      name: addonName,
      values: renewing,
      makes: 'secrets-store: rotation',
      risk: 'The driver asks Secrets Manager for every mounted object at each poll interval, which costs.',
    })
  return [...(isRenewing ? [] : renewal(driver)), ...objectProposals(world, cluster, duties, driver, provider)]
}

const installation = (world: DriverReader, cluster: Cluster): readonly Proposal[] =>
  addonProposals(world, cluster, {
    name: addonName,
    values: renewing,
    makes,
    risk: 'A DaemonSet runs on every node, and asks Secrets Manager for every mounted object at each poll interval, which costs.',
  })

const incomplete = (there: Installed | undefined, lacks: string) =>
  new UserError('NOT_OURS', `the cluster has ${there?.daemonSet.id ?? 'one'}, and no ${lacks}`, {
    help: `Add the ${lacks} as the other was installed, or remove that one: the add-on ${addonName} brings both.`,
  })

/** What the kubelet asks, and tells, the driver. */
function objectProposals(
  world: DriverReader,
  cluster: Cluster,
  { audiences, renews }: DriverDuties,
  driver: Installed,
  provider: Installed,
): readonly Proposal[] {
  const object = world.find('k8s/CSIDriver', driverName, { cluster: cluster.body.name })
  if (object === undefined)
    throw new UserError('NOT_OURS', `the driver runs, and its CSIDriver ${driverName} is gone`, {
      help: 'Install the driver again as it was installed.',
    })
  const requests = object.body.spec.tokenRequests ?? []
  const missing = audiences.filter(audience => !requests.some(request => request.audience === audience))
  const needsTokens = missing.length > 0 && does(awsProvider, versionOf(provider), 'takes-tokens-of-driver')
  return [
    ...(needsTokens
      ? [
          edited(object, ['spec', 'tokenRequests'], [...requests, ...missing.map(audience => ({ audience }))], {
            title: `request tokens for ${missing.join(' and ')}`,
            link: 'token',
            risk: 'Volumes that are mounted from now on get the tokens; nothing changes for others.',
          }),
        ]
      : []),
    ...(renews && !isRepublished(driver, object)
      ? [
          edited(object, ['spec', 'requiresRepublish'], true, {
            title: 'let the kubelet ask the driver again and again',
            link: 'rotation',
            risk: 'The kubelet asks for each volume about every minute.',
          }),
        ]
      : []),
  ]
}

function renewal(driver: Installed): readonly Proposal[] {
  const { daemonSet } = driver
  const argument = driver.argument('enable-secret-rotation')
  const args = daemonSet.body.spec?.template.spec?.containers[Number(driver.path.at(-1))]?.args ?? []
  const written = '--enable-secret-rotation=true'
  const after = argument === undefined ? [...args, written] : args.with(Number(argument.path.at(-1)), written)
  return [
    edited(daemonSet, [...driver.path, 'args'], after, {
      title: 'let the driver renew what is mounted',
      link: 'rotation',
      risk: 'Its pods are replaced, and it asks Secrets Manager for every mounted object at each poll interval, which costs.',
    }),
  ]
}

/** @throws UserError `NOT_OURS` when somebody keeps the object */
function edited(
  object: Resource<'k8s/CSIDriver' | 'k8s/DaemonSet'>,
  path: readonly (string | number)[],
  after: unknown,
  { title, link, risk }: { readonly title: string; readonly link: string; readonly risk: string },
): Proposal {
  const keeper = keeperOf(object)
  const plural = object.kind === 'k8s/CSIDriver' ? 'csidrivers' : 'daemonsets'
  if (keeper !== undefined)
    throw new UserError('NOT_OURS', `${keeper} keeps ${object.kind.slice(4)} ${object.id}, and would take back an edit`, {
      help: `There: set ${path.at(-1)} to ${JSON.stringify(after)}.`,
    })
  const change: Change = { target: targetOf(object), edit: setting(object, path, after), permissions: [`update ${plural}`], risk }
  return { change, title, makes: `secrets-store: ${link}` }
}
