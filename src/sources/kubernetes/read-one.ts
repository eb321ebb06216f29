import { kubernetesKinds, type KubernetesKind } from '#model/kinds.ts'
import { Resource } from '#model/resource.ts'
import type { Coverage, UnreadEntry } from '#model/world.ts'
import type { ApiClient } from './api-client.ts'
import { collectionPath, completed } from './list.ts'
import { objectOrigin } from './origin.ts'

interface Found {
  readonly resources: readonly Resource[]
  readonly read: readonly Coverage[]
  readonly unread: readonly UnreadEntry[]
}

/** One of the few objects of its kind that are read, by name: nobody has to allow a list of ConfigMaps for the sake of a few. */
export async function readOne(api: ApiClient, cluster: string, kind: KubernetesKind, id: string): Promise<Found> {
  const [namespace = '', name = ''] = id.split('/')
  const { group, plural } = kubernetesKinds[kind]
  const path = `${collectionPath({ kind, namespace })}/${encodeURIComponent(name)}`
  const where = { kind, scope: { cluster }, id }
  const answer = await api.get(path)
  switch (answer.is) {
    case 'ok': {
      const body = completed({ kind }, answer.body)
      return { resources: [new Resource(kind, id, where.scope, body, objectOrigin(`GET ${path}`, body))], read: [], unread: [] }
    }
    case 'not-found':
      return { resources: [], read: [where], unread: [] }
    case 'forbidden': {
      const reason = `forbidden: ${answer.user === undefined ? 'the user' : `user ${JSON.stringify(answer.user)}`} cannot get ${plural} ${name}`
      return {
        resources: [],
        read: [],
        unread: [{ ...where, reason, settle: { by: 'rbac', verb: 'get', group, resource: plural, namespace } }],
      }
    }
    case 'expired':
    case 'failed': {
      const reason = answer.is === 'failed' ? answer.reason : 'the API server said that it is gone'
      return { resources: [], read: [], unread: [{ ...where, reason, settle: { by: 'user', step: 'run it again' } }] }
    }
  }
}
