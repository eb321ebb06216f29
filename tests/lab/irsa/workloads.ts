import type { Lab } from '../lab.ts'
import { poll } from '../process/poll.ts'

type Json = Readonly<Record<string, unknown>>

export const namespaceOf = (name: string): Json => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })

export const serviceAccount = (namespace: string, name: string, annotations: Readonly<Record<string, string>> = {}): Json => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name, namespace, annotations },
})

/** What a pod is beside its service account; one container that does nothing special by default. */
export interface PodParts {
  readonly container?: Json
  readonly annotations?: Readonly<Record<string, string>>
  readonly labels?: Readonly<Record<string, string>>
  readonly spec?: Json
}

function template(name: string, serviceAccountName: string, parts: PodParts, spec: Json = {}): Json {
  const containers = [{ name: 'app', image: 'registry.example/app:1', ...parts.container }]
  return {
    metadata: { labels: { app: name, ...parts.labels }, annotations: parts.annotations ?? {} },
    spec: { serviceAccountName, containers, ...spec, ...parts.spec },
  }
}

export const deployment = (namespace: string, name: string, account: string, parts: PodParts = {}, replicas = 1): Json =>
  controller('apps/v1', 'Deployment', namespace, name, { replicas, selector: selector(name), template: template(name, account, parts) })

export const statefulSet = (namespace: string, name: string, account: string): Json =>
  controller('apps/v1', 'StatefulSet', namespace, name, {
    replicas: 1,
    serviceName: name,
    selector: selector(name),
    template: template(name, account, {}),
  })

export const daemonSet = (namespace: string, name: string, account: string): Json =>
  controller('apps/v1', 'DaemonSet', namespace, name, { selector: selector(name), template: template(name, account, {}) })

const once = { restartPolicy: 'Never' }

export const job = (namespace: string, name: string, account: string): Json =>
  controller('batch/v1', 'Job', namespace, name, { template: template(name, account, {}, once) })

export const cronJob = (namespace: string, name: string, account: string): Json =>
  controller('batch/v1', 'CronJob', namespace, name, {
    schedule: '0 3 1 1 *',
    jobTemplate: { spec: { template: template(name, account, {}, once) } },
  })

export const pod = (namespace: string, name: string, account: string, parts: PodParts = {}): Json => {
  const { metadata, spec } = template(name, account, parts) as { metadata: Json; spec: Json }
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace, ...metadata }, spec }
}

const controller = (apiVersion: string, kind: string, namespace: string, name: string, spec: Json): Json => ({
  apiVersion,
  kind,
  metadata: { name, namespace },
  spec,
})

const selector = (name: string): Json => ({ matchLabels: { app: name } })

export const apply = (lab: Lab, items: readonly Json[]): Promise<string> =>
  lab.kubectlApply(JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))

/** Waits until the controllers have made a pod, or several, for each of these apps. */
export async function untilPodsExist(lab: Lab, namespace: string, pods: Readonly<Record<string, number>>): Promise<void> {
  const arrived = async () => {
    const listed = JSON.parse(await lab.kubectl('get', 'pods', '--namespace', namespace, '--output=json')) as {
      items: readonly { metadata: { labels?: { app?: string } } }[]
    }
    const counts = Map.groupBy(listed.items, item => item.metadata.labels?.app)
    return Object.entries(pods).every(([app, count]) => counts.get(app)?.length === count) ? true : undefined
  }
  const what = `pods of ${Object.keys(pods).join(', ')} in ${namespace}`
  await poll(arrived, { what, timeoutMilliseconds: 30_000, everyMilliseconds: 200 })
}
