import type { KubernetesKindFacts } from '#model/kinds.ts'
import { notKubernetes, type Answer, type ApiClient } from './api-client.ts'

/** Why a list was not found. */
export type NotFound =
  /** The API server does not know the kind, so no such objects exist. */
  | { readonly is: 'not-served' }
  /** It serves it, but only in another version, whose objects have the same form. */
  | { readonly is: 'served-in'; readonly version: string }
  /** It may know it, in another version, or does not say. */
  | { readonly is: 'unsure'; readonly reason: string }

/** Answers to the same question are asked for once: every kind that is not there asks for `/apis`. */
export function remembering(api: ApiClient): ApiClient {
  const answers = new Map<string, Promise<Answer>>()
  return {
    get(path) {
      const before = answers.get(path)
      if (before !== undefined) return before
      const answer = api.get(path)
      answers.set(path, answer)
      return answer
    },
  }
}

type ServedName = Pick<KubernetesKindFacts, 'group' | 'version' | 'alsoIn' | 'plural'>

/** Kubernetes always serves these: where they are missing, something else answers. */
const alwaysServed = new Set(['', 'apps', 'batch', 'admissionregistration.k8s.io'])

/**
 * An API server answers the list of a kind that it does not serve with the same plain 404 as any other web server, so its discovery
 * documents must agree before "no such objects exist" is believed. https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api
 * @throws UserError `CLUSTER_UNREACHABLE` when this is no Kubernetes API server.
 */
export async function whyNotFound(api: ApiClient, facts: ServedName, server: string): Promise<NotFound> {
  const { group, plural } = facts
  if (alwaysServed.has(group)) throw notKubernetes(server, `it does not know ${plural}`)
  const answer = await api.get('/apis')
  if (answer.is === 'not-found') throw notKubernetes(server, 'it has no /apis')
  if (answer.is !== 'ok' || !Array.isArray(answer.body['groups']))
    return { is: 'unsure', reason: 'the API server does not say which APIs it serves' }
  const groups = answer.body['groups'] as readonly { name?: unknown; versions?: unknown }[]
  const found = groups.find(({ name }) => name === group)
  if (found === undefined) return { is: 'not-served' }
  const versions = Array.isArray(found.versions)
    ? (found.versions as readonly { version?: unknown }[]).map(entry => String(entry.version))
    : []
  return elsewhere(api, facts, versions)
}

/** The group is served: not so the kind, when none of the group's versions lists it. */
async function elsewhere(api: ApiClient, facts: ServedName, versions: readonly string[]): Promise<NotFound> {
  const { group, version, alsoIn = [], plural } = facts
  const readable = [version, ...alsoIn].filter(one => versions.includes(one))
  const inOrder = [...readable, ...versions.filter(one => !readable.includes(one))]
  for (const other of inOrder) {
    const answer = await api.get(`/apis/${group}/${other}`)
    if (answer.is !== 'ok' || !Array.isArray(answer.body['resources'])) {
      return { is: 'unsure', reason: `the API server does not say what ${group}/${other} holds` }
    }
    const resources = answer.body['resources'] as readonly { name?: unknown }[]
    if (!resources.some(({ name }) => name === plural)) continue
    if (alsoIn.includes(other)) return { is: 'served-in', version: other }
    if (other === version)
      return { is: 'unsure', reason: `the API server says that it serves ${plural} in ${group}/${other}, and does not find them` }
    return { is: 'unsure', reason: `the API server serves ${plural} in ${group}/${other}, not in ${version}` }
  }
  return { is: 'not-served' }
}
