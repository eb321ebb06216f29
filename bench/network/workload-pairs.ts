/*
 * A matrix of workloads from manifests alone, to be compared with other tools on the same files: writes them, reads them back as a user would, asks
 * every pair at one port by the published semantics, and prints pairs a second. JSON on stdout.
 * `node -C source bench/network/workload-pairs.ts [folder] [workloads] [policies]`
 */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { reachMatrix } from '#verbs/reach-matrix.ts'
import { round } from './spent.ts'
import { makeWorld } from './world.ts'

const [folder = mkdtempSync(join(tmpdir(), 'workload-pairs-')), workloads = '300', policies = '300'] = process.argv.slice(2)
const shape = { pods: Number(workloads), workloads: Number(workloads), policies: Number(policies) }
const input = makeWorld(shape, 'upstream')

/** Deployments in place of the pods: other tools begin at those. */
const deployments = input.pods.all.map(({ metadata, spec }) => {
  const { 'statefulset.kubernetes.io/pod-name': _name, 'pod-template-hash': _hash, ...labels } = metadata.labels ?? {}
  const template = {
    metadata: { labels },
    spec: { containers: (spec?.containers ?? []).map(one => ({ ...one, image: 'registry.example/app:1' })) },
  }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: metadata.name, namespace: metadata.namespace },
    spec: { replicas: 1, selector: { matchLabels: labels }, template },
  }
})
const documents = [
  ...input.namespaces.all.map(({ metadata }) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { ...metadata, labels: { ...metadata.labels, 'kubernetes.io/metadata.name': metadata.name } },
  })),
  ...deployments,
  ...input.networkPolicies.all.map(policy => ({ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', ...policy })),
]
mkdirSync(folder, { recursive: true })
// JSON is YAML.
writeFileSync(join(folder, 'manifests.yaml'), documents.map(document => `---\n${JSON.stringify(document)}\n`).join(''))

const asked = { port: 'tcp/1010', namespaces: [], onlyDisagreements: false, override: { engine: 'upstream' } } as const
const start = process.cpuUsage()
const { matrix } = await reachMatrix({ files: [folder], cluster: 'bench', complete: true }, asked)
const { user, system } = process.cpuUsage(start)
const milliseconds = (user + system) / 1000
const pairs = matrix.cells.length
const open = matrix.cells.filter(({ ports }) => ports[0]?.kubernetes === 'allow').length
console.log(
  JSON.stringify(
    {
      bench: 'workload pairs',
      node: process.version,
      folder,
      ...shape,
      pairs,
      open,
      milliseconds: round(milliseconds),
      pairsPerSecond: round((pairs / milliseconds) * 1000),
    },
    undefined,
    2,
  ),
)
