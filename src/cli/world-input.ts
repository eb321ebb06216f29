import type { WorldInput } from '#verbs/read-world.ts'
import { namespacesOf, type SourceOptions } from './options.ts'
import type { ProgressLine } from './progress-line.ts'

/** Files when files are named, the live cluster when a context is (or nothing at all), the live account with the cluster or when a profile or region is. */
export function worldInput(
  options: SourceOptions & { readonly save?: string },
  paths: readonly string[],
  progress: ProgressLine,
  signal: AbortSignal,
): WorldInput {
  const files = [...options.from, ...paths]
  const namesCluster = options.context !== undefined || options.kubeconfig !== undefined
  const namesAccount = options.profile !== undefined || options.region !== undefined || options.assumeRole.length > 0
  const liveCluster = namesCluster || files.length === 0
  const liveAccount = options.aws && (liveCluster || namesAccount)
  return {
    files,
    complete: options.complete,
    namespaces: namespacesOf(options),
    progress: progress.show,
    signal,
    ...(options.save === undefined ? {} : { namedBy: 'every policy' as const }),
    ...(options.cluster === undefined ? {} : { cluster: options.cluster }),
    ...(liveCluster ? { kubernetes: defined({ kubeconfig: options.kubeconfig, context: options.context }) } : {}),
    ...(liveAccount ? { aws: { ...defined({ profile: options.profile, region: options.region }), assumeRoles: options.assumeRole } } : {}),
  }
}

type Defined<T> = { readonly [Key in keyof T]?: Exclude<T[Key], undefined> }

const defined = <T extends object>(values: T): Defined<T> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>
