import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { networkKinds } from '#joints/network.ts'
import { makeWorld } from './world.ts'

/** Where both tools find the same objects. */
export interface Manifests {
  /** A folder with nothing else in it. */
  readonly folder: string
  /** Says that what is not among the manifests does not exist: for this tool alone. */
  readonly header: string
}

/** As many Deployments of one pod, and policies of theirs. JSON is YAML. */
export function writeManifests({ folder, header }: Manifests, workloads: number, policies: number): void {
  const input = makeWorld({ pods: workloads, workloads, policies }, 'upstream')
  const namespaces = input.namespaces.all.map(({ metadata }) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { ...metadata, labels: { ...metadata.labels, 'kubernetes.io/metadata.name': metadata.name } },
  }))
  const networkPolicies = input.networkPolicies.all.map(policy => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    ...policy,
  }))
  const documents = [...namespaces, ...input.pods.all.map(deploymentOf), ...networkPolicies]
  writeFileSync(join(folder, 'manifests.yaml'), documents.map(document => `---\n${JSON.stringify(document)}\n`).join(''))
  const read = networkKinds.filter(kind => kind.startsWith('k8s/'))
  writeFileSync(header, JSON.stringify({ kind: 'mortise/World', version: 1, cluster: 'bench', read }))
}

/** In place of the pod: other tools begin at those. */
function deploymentOf({ metadata, spec }: ReturnType<typeof makeWorld>['pods']['all'][number]): object {
  const { 'statefulset.kubernetes.io/pod-name': _name, 'pod-template-hash': _hash, ...labels } = metadata.labels ?? {}
  const containers = (spec?.containers ?? []).map(one => ({ ...one, image: 'registry.example/app:1' }))
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: metadata.name, namespace: metadata.namespace },
    spec: { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
  }
}
