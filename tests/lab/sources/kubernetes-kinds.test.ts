import { readdirSync, readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { dump, loadAll } from 'js-yaml'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { kubernetesKinds, kubernetesName, type KubernetesKind } from '#model/kinds.ts'
import { World } from '#model/world.ts'
import { readFiles } from '#sources/files/read-files.ts'
import { connectKubernetes } from '#sources/kubernetes/connect.ts'
import { kubernetesPermissions } from '#sources/kubernetes/permissions.ts'
import { readKubernetes } from '#sources/kubernetes/read.ts'
import { writeSnapshot } from '#sources/snapshot/write-snapshot.ts'
import { describeLab } from '../shared-lab.ts'

const definitions = new URL('../crds/', import.meta.url)
const definitionsText = readdirSync(definitions)
  .map(file => readFileSync(new URL(file, definitions), 'utf8'))
  .join('\n---\n')

/** What would change what other suites see: a node draws pods, a Service gets an address of its own, workloads make pods. */
const left = new Set(['CronJob', 'DaemonSet', 'Deployment', 'Job', 'Node', 'Pod', 'ReplicaSet', 'StatefulSet'])
interface Sample {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
}
const samples = (loadAll(readFileSync(new URL('../../worlds/kubernetes-kinds.yaml', import.meta.url), 'utf8')) as Sample[]).filter(
  ({ kind }) => !left.has(kind),
)
const manifest = samples.map(sample => dump(sample)).join('---\n')

const kinds = (Object.keys(kubernetesKinds) as KubernetesKind[]).filter(kind => !left.has(kubernetesName(kind)))
const custom = kinds.filter(kind => kubernetesKinds[kind].custom === true)

/** kubectl writes the whole object into an annotation, which snapshots leave out. */
const withoutApplied = ({ metadata, ...body }: { readonly metadata: { readonly annotations?: Readonly<Record<string, string>> } }) => {
  const { 'kubectl.kubernetes.io/last-applied-configuration': _, ...annotations } = metadata.annotations ?? {}
  return { ...body, metadata: { ...metadata, annotations } }
}

describeLab('the Kubernetes kinds', lab => {
  const cluster = { cluster: lab.clusterName }
  const read = async (user: string, of: readonly KubernetesKind[]) =>
    readKubernetes(await connectKubernetes({ kubeconfig: await lab.kubeconfigFor(user) }), { kinds: of, cluster: lab.clusterName })
  const unreadKinds = (gathered: { readonly unread: readonly { readonly kind: string }[] }) =>
    [...new Set(gathered.unread.map(({ kind }) => kind))].sort()

  let before: Awaited<ReturnType<typeof read>>
  let denied: Awaited<ReturnType<typeof read>>
  beforeAll(async () => {
    // Those of other suites: here first there are none.
    await lab.kubectl('delete', 'crd', '--all')
    before = await read('user-28', custom)
    await lab.kubectlApply(definitionsText)
    await lab.kubectl('wait', '--for=condition=Established', '--timeout=60s', 'crd', '--all')
    denied = await read('user-28', kinds)
    const name = 'kinds-of-kubernetes'
    const roles = [
      { kind: 'ClusterRole', rules: kubernetesPermissions(kinds) },
      {
        kind: 'ClusterRoleBinding',
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
        subjects: [{ kind: 'User', name: 'user-27' }],
      },
    ]
    await lab.kubectlApply(
      roles.map(role => JSON.stringify({ apiVersion: 'rbac.authorization.k8s.io/v1', metadata: { name }, ...role })).join('\n---\n'),
    )
    await lab.kubectlApply(dump(samples.find(({ kind }) => kind === 'Namespace')))
    await lab.kubectlApply(manifest)
  })
  afterAll(async () => {
    // A claim or volume in use waits for its protection to end; nothing here uses one, and nobody waits.
    await lab.kubectl('delete', '--wait=false', 'clusterrole,clusterrolebinding', 'kinds-of-kubernetes')
    for (const { kind, metadata } of samples.filter(sample => !custom.some(each => kubernetesName(each) === sample.kind))) {
      const where = metadata.namespace === undefined ? [] : ['-n', metadata.namespace]
      await lab.kubectl('delete', '--wait=false', '--ignore-not-found', ...where, kind, metadata.name)
    }
    await lab.kubectl('delete', '--wait=false', 'crd', '--all')
  })

  test('that no definition gives are not there, for somebody who may read nothing', () => {
    expect(before.unread).toEqual([])
    const world = new World(before)
    for (const kind of custom) expect(world.list(kind, cluster)).toEqual([])
  })

  test('are unread, every one, for somebody who may read nothing', () => {
    expect(denied.resources).toEqual([])
    expect(unreadKinds(denied)).toEqual(kinds.toSorted())
  })

  test('are read with the ClusterRole that is printed, and equal their snapshot', async () => {
    const gathered = await read('user-27', kinds)
    expect(gathered.unread).toEqual([])
    const world = new World(gathered)
    expect(kinds.filter(kind => world.seen(kind).length === 0)).toEqual([])
    const text = writeSnapshot(world)
    expect(text).not.toContain('never-to-be-read')
    const after = new World(await readFiles(['-'], { stdin: Readable.from([text]) }))
    for (const kind of kinds) {
      const bodies = (of: World) => Object.fromEntries(of.seen(kind).map(({ id, body }) => [id, withoutApplied(body)]))
      expect(bodies(after), kind).toEqual(bodies(world))
    }
    expect(writeSnapshot(after)).toBe(text)
  })

  test('of Secrets the API server sends the metadata alone', async () => {
    const { resources } = await read('user-27', ['k8s/Secret'])
    const secret = resources.find(({ id }) => id === 'kinds-sample/db')
    expect(secret?.body).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: expect.objectContaining({ name: 'db', annotations: { 'kubernetes.io/description': 'synced' } }) as object,
    })
    // Base64 of the value: nothing that came holds it.
    expect(JSON.stringify(resources)).not.toMatch(/never-to-be-read|bmV2ZXItdG8tYmUtcmVhZA/)
  })

  test('that a definition lets through in a wrong shape are unread alone', async () => {
    await lab.kubectlApply(
      JSON.stringify({ apiVersion: 'crd.k8s.amazonaws.com/v1alpha1', kind: 'ENIConfig', metadata: { name: 'wrong' }, spec: { subnet: 5 } }),
    )
    const gathered = await read('user-27', ['k8s/ENIConfig'])
    await lab.kubectl('delete', 'eniconfig', 'wrong')
    expect(gathered.unread).toMatchObject([{ id: 'wrong', reason: '.spec.subnet must be a text, not a number' }])
    expect(new World(gathered).find('k8s/ENIConfig', 'eu-west-1a', cluster)).toBeDefined()
  })
})
