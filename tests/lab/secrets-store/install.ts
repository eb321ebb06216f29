import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { buildParts } from '../build/build-all.ts'
import { cache } from '../build/cache.ts'
import type { LabCoordinates, NodeCoordinates } from '../coordinates.ts'
import { importImage } from '../node/images.ts'
import { poll } from '../process/poll.ts'
import { run } from '../process/run.ts'
import { versions } from '../versions.ts'
import { images, manifests, secretsStoreParts } from './programs.ts'

/** How the node mounts secrets. Left out, everything is there and as AWS's chart installs it. */
export interface SecretsStoreOptions {
  /** False: no driver on the node, though its kinds and its CSIDriver exist. */
  readonly driver?: boolean
  /** False: the driver's DaemonSet is there and selects no node of the lab. */
  readonly driverOnNode?: boolean
  /** False: no provider for `aws`. */
  readonly provider?: boolean
  /** The node's folder in which the provider listens, in place of the one in which the driver looks. */
  readonly providerFolder?: string
  /** The namespace of the account to which the provider's ClusterRole is bound; its own by default. */
  readonly providerBoundIn?: string
  /** The audiences of `tokenRequests`; an empty list leaves it out, as the driver's own manifests do. */
  readonly tokenAudiences?: readonly string[]
  /** False: mounts are not refreshed (`requiresRepublish`). */
  readonly republish?: boolean
  /** True: the driver may write Secrets, for `secretObjects`. */
  readonly syncSecrets?: boolean
  /** More flags for the driver, such as `--enable-secret-rotation=true`; a flag given here wins. */
  readonly driverFlags?: readonly string[]
}

/** A Kubernetes object of a manifest. */
interface Manifest {
  readonly apiVersion?: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly [field: string]: unknown }
  readonly spec?: Readonly<Record<string, unknown>>
  readonly [field: string]: unknown
}

export const csiDriverName = 'secrets-store.csi.k8s.io'
const chartAudiences = ['sts.amazonaws.com', 'pods.eks.amazonaws.com']

/**
 * Brings the node to mount secrets in this way, whichever way it did before, and answers when it does. Pods that are there
 * keep their mounts. The parts that are left out are taken away.
 */
export async function setSecretsStore(lab: LabCoordinates, options: SecretsStoreOptions = {}): Promise<void> {
  const { node } = lab
  if (!node) throw new Error('secrets are mounted on a node: start the lab with one')
  await buildParts(secretsStoreParts, line => void process.stderr.write(`${line}\n`))
  const directory = join(lab.runDirectory, 'node')
  const log = join(lab.runDirectory, 'log', 'images.log')
  await Promise.all(images.map(image => importImage({ image, directory, log, awsEndpoint: node.awsEndpoint })))
  await applyKinds(lab)
  await present(lab, await readManifests('rbac-secretprovidersyncing.yaml'), options.syncSecrets ?? false)
  await present(lab, (await readManifests('csidriver.yaml')).map(csiDriver(options)), true)
  await present(lab, await driverManifests(options), options.driver ?? true)
  await present(lab, providerManifests(options), options.provider ?? true)
  // A driver that has spoken to a provider waits for it until the kubelet gives up; only a new one says that there is none.
  const isLost = options.provider === false || options.providerFolder !== undefined
  if (isLost && runsOnNode(options)) await inSystem(lab, 'delete', 'pods', '--selector=app=csi-secrets-store')
  await untilSettled(lab, node, options)
}

const kubectl = (lab: LabCoordinates, args: readonly string[], input = ''): Promise<string> =>
  run([join(cache.binaries, 'kubectl'), '--kubeconfig', lab.kubeconfig, ...args], { input })

const inSystem = (lab: LabCoordinates, ...args: string[]): Promise<string> => kubectl(lab, ['--namespace=kube-system', ...args])

async function readManifests(name: string): Promise<Manifest[]> {
  const text = await readFile(join(manifests.folder, name), 'utf8')
  return parseAllDocuments(text).map(document => document.toJS() as Manifest)
}

/** Applies the objects, or deletes those that are there. */
async function present(lab: LabCoordinates, items: readonly Manifest[], wanted: boolean): Promise<void> {
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
  await kubectl(lab, wanted ? ['apply', '-f', '-'] : ['delete', '--ignore-not-found', '-f', '-'], list)
}

async function applyKinds(lab: LabCoordinates): Promise<void> {
  const kinds = ['secretproviderclasses', 'secretproviderclasspodstatuses']
  const read = await Promise.all(kinds.map(kind => readManifests(`secrets-store.csi.x-k8s.io_${kind}.yaml`)))
  await present(lab, read.flat(), true)
  const names = kinds.map(kind => `crd/${kind}.secrets-store.csi.x-k8s.io`)
  await kubectl(lab, ['wait', '--for=condition=Established', ...names, '--timeout=30s'])
}

const csiDriver =
  ({ tokenAudiences = chartAudiences, republish = true }: SecretsStoreOptions) =>
  (manifest: Manifest): Manifest => {
    const tokenRequests = tokenAudiences.map(audience => ({ audience }))
    return { ...manifest, spec: { ...manifest.spec, requiresRepublish: republish, ...(tokenRequests.length > 0 ? { tokenRequests } : {}) } }
  }

interface PodTemplate {
  readonly spec: {
    readonly containers: readonly { readonly name: string; readonly args: readonly string[]; readonly livenessProbe?: object }[]
  }
}

/** The published ones, without the container that only answers liveness probes, for which there is no image. */
async function driverManifests({ driverFlags = [], driverOnNode = true }: SecretsStoreOptions): Promise<Manifest[]> {
  const [daemonSet] = await readManifests('secrets-store-csi-driver.yaml')
  const template = daemonSet?.spec?.['template'] as PodTemplate
  const containers = template.spec.containers
    .filter(({ name }) => name !== 'liveness-probe')
    .map(({ livenessProbe: _, ...container }) =>
      container.name === 'secrets-store' ? { ...container, args: [...container.args, ...driverFlags] } : container,
    )
  const elsewhere = driverOnNode ? {} : { nodeSelector: { 'kubernetes.io/os': 'linux', 'lab/has-driver': 'true' } }
  const changed = { ...template, spec: { ...template.spec, ...elsewhere, terminationGracePeriodSeconds: 2, containers } }
  const edited = { ...(daemonSet as Manifest), spec: { ...daemonSet?.spec, template: changed } }
  return [...(await readManifests('rbac-secretproviderclass.yaml')), edited]
}

const providerName = 'csi-secrets-store-provider-aws'
const providerFolder = '/var/run/secrets-store-csi-providers'
const providerLabels = { app: providerName }

/** Names, rights and shape as AWS's installer has them (deployment/aws-provider-installer.yaml of the provider). */
const providerManifests = ({
  providerFolder: host = providerFolder,
  providerBoundIn = 'kube-system',
}: SecretsStoreOptions): readonly Manifest[] => [
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: providerName, namespace: 'kube-system' } },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: `${providerName}-cluster-role` },
    rules: ['serviceaccounts', 'pods', 'nodes'].map(resource => ({ apiGroups: [''], resources: [resource], verbs: ['get'] })),
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: `${providerName}-cluster-rolebinding` },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: `${providerName}-cluster-role` },
    subjects: [{ kind: 'ServiceAccount', name: providerName, namespace: providerBoundIn }],
  },
  {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: providerName, namespace: 'kube-system', labels: providerLabels },
    spec: {
      selector: { matchLabels: providerLabels },
      template: {
        metadata: { labels: providerLabels },
        spec: {
          serviceAccountName: providerName,
          terminationGracePeriodSeconds: 2,
          containers: [
            {
              name: 'provider-aws-installer',
              image: `public.ecr.aws/aws-secrets-manager/secrets-store-csi-driver-provider-aws:${versions.secretsStoreProvider}`,
              imagePullPolicy: 'IfNotPresent',
              args: [`--provider-volume=${providerFolder}`],
              volumeMounts: [{ name: 'providervol', mountPath: providerFolder }],
            },
          ],
          volumes: [{ name: 'providervol', hostPath: { path: host, type: 'DirectoryOrCreate' } }],
          tolerations: [{ operator: 'Exists' }],
        },
      },
    },
  },
]

const runsOnNode = ({ driver = true, driverOnNode = true }: SecretsStoreOptions): boolean => driver && driverOnNode

/** What is there runs, what is not is gone, and the kubelet knows. */
async function untilSettled(lab: LabCoordinates, node: NodeCoordinates, options: SecretsStoreOptions): Promise<void> {
  const driver = runsOnNode(options)
  const { provider = true } = options
  for (const [name, wanted] of [
    ['csi-secrets-store', driver],
    [providerName, provider],
  ] as const) {
    await (wanted
      ? inSystem(lab, 'rollout', 'status', `daemonset/${name}`, '--timeout=60s')
      : inSystem(lab, 'wait', '--for=delete', 'pod', `--selector=app=${name}`, '--timeout=60s'))
  }
  const isKnown = async () => {
    const names = await kubectl(lab, ['get', 'csinode', node.name, '--output=jsonpath={.spec.drivers[*].name}'])
    return names.split(' ').includes(csiDriverName) === driver ? true : undefined
  }
  await poll(isKnown, {
    what: `the kubelet to ${driver ? 'know' : 'forget'} ${csiDriverName}`,
    timeoutMilliseconds: 60_000,
    everyMilliseconds: 200,
  })
}
