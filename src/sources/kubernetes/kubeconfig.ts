import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, dirname, isAbsolute, join } from 'node:path'
import type { Cluster, Context, KubeConfig, User } from '@kubernetes/client-node'
import { nearest } from '#base/nearest.ts'
import { UserError } from '#base/errors.ts'
import { environmentProxy } from './environment-proxy.ts'

type Client = typeof import('@kubernetes/client-node')

/** A kubeconfig with one context chosen. */
export interface ChosenConfig {
  readonly config: KubeConfig
  readonly context: Context
  readonly cluster: Cluster
  readonly user: User | undefined
}

interface Sections {
  readonly clusters: Cluster[]
  readonly contexts: Context[]
  readonly users: User[]
  readonly currentContext: string | undefined
}

const tokenOfPods = '/var/run/secrets/kubernetes.io/serviceaccount/token'

/**
 * Reads the files that kubectl would read: the one given, else those of `KUBECONFIG`, else `~/.kube/config`, else the pod's own service account.
 * @throws UserError when there is none, one cannot be read, or the context is not in them.
 */
export function chooseConfig(client: Client, options: { kubeconfig?: string; context?: string }): ChosenConfig {
  const config = new client.KubeConfig()
  const files = kubeconfigFiles(options.kubeconfig)
  if (files === undefined) config.loadFromCluster()
  else config.loadFromOptions(merged(files.map(file => readSections(client, file))))
  const context = chooseContext(config, options.context, files)
  config.setCurrentContext(context.name)
  const cluster = config.clusters.find(candidate => candidate.name === context.cluster)
  if (cluster === undefined)
    throw invalid(`context ${context.name} names cluster ${context.cluster}, which is not there`, files?.join(delimiter))
  const user = config.users.find(candidate => candidate.name === context.user)
  if (user === undefined && context.user !== undefined) {
    throw invalid(`context ${context.name} names user ${context.user}, which is not there`, files?.join(delimiter))
  }
  const reachable = prepared(cluster)
  config.clusters = config.clusters.map(candidate => (candidate === cluster ? reachable : candidate))
  return { config, context, cluster: reachable, user }
}

/** Undefined: use the pod's own service account. */
function kubeconfigFiles(given: string | undefined): readonly string[] | undefined {
  if (given !== undefined) {
    if (!existsSync(given)) throw new UserError('KUBECONFIG_NOT_FOUND', `there is no kubeconfig ${given}`, { help: 'check --kubeconfig' })
    return [given]
  }
  const named = (process.env['KUBECONFIG'] ?? '').split(delimiter).filter(file => file !== '')
  const wanted = named.length > 0 ? named : [join(homedir(), '.kube', 'config')]
  // kubectl passes over files that are not there. https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
  const files = wanted.filter(file => existsSync(file))
  if (files.length > 0) return files
  if (process.env['KUBERNETES_SERVICE_HOST'] !== undefined && existsSync(tokenOfPods)) return undefined
  throw new UserError('KUBECONFIG_NOT_FOUND', `there is no kubeconfig: looked for ${wanted.join(', ')}`, {
    help: 'pass --kubeconfig, set KUBECONFIG, or make one with: aws eks update-kubeconfig --name CLUSTER',
  })
}

function readSections(client: Client, file: string): Sections {
  const config = new client.KubeConfig()
  try {
    const raw = client.loadYaml<unknown>(readFileSync(file, 'utf8'))
    if (!isMap(raw)) throw new Error('it is not a YAML map')
    // One broken entry must not hide the others: kubectl looks only at those that the context uses.
    config.loadFromFile(file, { onInvalidEntry: 'filter' })
    const users = Array.isArray(raw['users']) ? (raw['users'] as readonly unknown[]) : []
    const { clusters, contexts, currentContext } = config
    return { clusters, contexts, currentContext, users: config.users.map(user => completed(user, users, dirname(file))) }
  } catch (error) {
    if (error instanceof UserError) throw error
    throw invalid(firstLine(error), file, error)
  }
}

/** Of entries with one name the first wins, as with kubectl. */
function merged(parts: readonly Sections[]): Sections {
  const first = <T extends { readonly name: string }>(items: readonly T[]) => [
    ...new Map(items.toReversed().map(item => [item.name, item])).values(),
  ]
  return {
    clusters: first(parts.flatMap(part => part.clusters)),
    contexts: first(parts.flatMap(part => part.contexts)),
    users: first(parts.flatMap(part => part.users)),
    currentContext: parts.map(part => part.currentContext).find(name => name !== undefined && name !== ''),
  }
}

function chooseContext(config: KubeConfig, wanted: string | undefined, files: readonly string[] | undefined): Context {
  const name = wanted ?? config.currentContext
  const names = config.contexts.map(context => context.name).sort()
  const list = names.length === 0 ? 'the kubeconfig has no contexts' : `contexts: ${names.join(', ')}`
  const where = files === undefined ? {} : { where: files.join(delimiter) }
  if (name === undefined || name === '') {
    throw new UserError('CONTEXT_NOT_CHOSEN', 'the kubeconfig has no current context', {
      help: `choose one with --context; ${list}`,
      ...where,
    })
  }
  const context = config.contexts.find(candidate => candidate.name === name)
  if (context !== undefined) return context
  const near = nearest(name, names)
  throw new UserError('CONTEXT_UNKNOWN', `there is no context ${name} in the kubeconfig`, {
    help: near === undefined ? list : `did you mean ${near}? ${list}`,
    ...where,
  })
}

/** What the client library leaves out of a user: `tokenFile`, commands relative to the file, and impersonation it would silently drop. */
function completed(user: User, raw: readonly unknown[], folder: string): User {
  const entry = raw.find(item => isMap(item) && item['name'] === user.name)
  const said = isMap(entry) && isMap(entry['user']) ? entry['user'] : {}
  const dropped = ['as-groups', 'as-uid', 'as-user-extra'].find(key => said[key] !== undefined)
  if (dropped !== undefined) {
    throw new UserError('KUBECONFIG_UNSUPPORTED', `user ${user.name} of the kubeconfig uses ${dropped}, which is not supported`, {
      help: 'use a context whose user impersonates nobody, or only with as',
    })
  }
  const absolute = (path: string) => (isAbsolute(path) ? path : join(folder, path))
  const command: unknown = isMap(said['exec']) ? said['exec']['command'] : undefined
  const tokenFile = said['tokenFile']
  const { token, ...rest } = user
  return {
    ...rest,
    // A token file takes precedence, since it is renewed. https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/#AuthInfo
    ...(token === undefined || typeof tokenFile === 'string' ? {} : { token }),
    ...(typeof command === 'string' && /[\\/]/.test(command) ? { exec: { ...(user.exec as object), command: absolute(command) } } : {}),
    ...(typeof tokenFile === 'string' ? { authProvider: { name: 'tokenFile', config: { tokenFile: absolute(tokenFile) } } } : {}),
  }
}

/** The proxy of the environment where the kubeconfig names none; plain HTTP allowed, as kubectl does (`kubectl proxy` listens so). */
function prepared(cluster: Cluster): Cluster {
  const proxyUrl = cluster.proxyUrl ?? environmentProxy(cluster.server, process.env)
  return {
    ...cluster,
    ...(proxyUrl === undefined ? {} : { proxyUrl }),
    ...(cluster.server.startsWith('http:') ? { skipTLSVerify: true } : {}),
  }
}

const isMap = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

const firstLine = (error: unknown): string => (error instanceof Error ? error.message : String(error)).split('\n')[0]?.trim() ?? ''

const invalid = (why: string, where: string | undefined, cause?: unknown) =>
  new UserError('KUBECONFIG_INVALID', `the kubeconfig cannot be used: ${why}`, {
    help: 'kubectl config view shows what kubectl makes of it',
    ...(where === undefined ? {} : { where }),
    cause,
  })
