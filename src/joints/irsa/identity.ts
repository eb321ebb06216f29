import type { Container, PodSpec } from '#joints/workloads.ts'
import { containerCredentialsVariables, roleVariable, tokenFileVariable, type Variable } from './webhook.ts'

/** A variable of a container and where it stands in its `env`. Of its value only what names an identity is ever looked at. */
export interface Defined {
  readonly name: string
  readonly index: number
  readonly variable: Variable
}

export type Environment = ReadonlyMap<string, Defined>

/** What `env` defines, the last entry of a name winning. Names that `envFrom` brings are not known: the objects behind it are not read. */
export function environmentOf(container: Container): Environment {
  return new Map((container.env ?? []).map((variable, index) => [variable.name, { name: variable.name, index, variable }]))
}

/** The value written in the pod spec; undefined when it comes from elsewhere. */
export const literalOf = (defined: Defined | undefined): string | undefined =>
  defined === undefined || defined.variable.valueFrom !== undefined ? undefined : (defined.variable.value ?? '')

/** SDKs take an empty variable for none. */
const isSet = (defined: Defined | undefined): defined is Defined => defined !== undefined && literalOf(defined) !== ''

/** Where the token file of a container comes from. */
export type TokenFile =
  /** A projected service account token; without an audience it is the API server's own. */
  | { readonly is: 'token'; readonly volume: string; readonly audience: string | undefined }
  /** Something whose content the pod spec does not tell. */
  | { readonly is: 'untold' }
  | { readonly is: 'not-mounted' }
  /** The volume is there, and has no token at that path. */
  | { readonly is: 'no-token'; readonly volume: string }

export type Identity =
  | { readonly by: 'static-keys'; readonly variables: readonly Defined[] }
  /** A profile in a file of the image or of a volume: what it holds, and whether the SDK asks it first, is not told. */
  | { readonly by: 'profile'; readonly variable: Defined }
  | { readonly by: 'web-identity'; readonly role: Defined; readonly file: Defined; readonly token: TokenFile }
  | { readonly by: 'container-credentials' }
  /** The node's role where the metadata service can be reached, else none. */
  | { readonly by: 'none' }

export const staticKeyVariables = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] as const
const profileVariables = ['AWS_PROFILE', 'AWS_DEFAULT_PROFILE'] as const

/**
 * Which identity the SDKs in a container use. All of them take static keys in the environment first, then web identity, then container credentials (EKS Pod
 * Identity), then the node's role. https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
 */
export function identityOf(spec: PodSpec, container: Container): Identity {
  const environment = environmentOf(container)
  const [keyId, secret] = staticKeyVariables.map(name => environment.get(name))
  if (isSet(keyId) && isSet(secret)) return { by: 'static-keys', variables: [keyId, secret] }
  const profile = profileVariables.map(name => environment.get(name)).find(isSet)
  if (profile !== undefined) return { by: 'profile', variable: profile }
  const role = environment.get(roleVariable)
  const file = environment.get(tokenFileVariable)
  if (isSet(role) && isSet(file)) return { by: 'web-identity', role, file, token: tokenFileOf(spec, container, literalOf(file)) }
  return containerCredentialsVariables.every(name => environment.has(name)) ? { by: 'container-credentials' } : { by: 'none' }
}

/** Where the API server mounts its own token, which templates do not show. */
const apiServerToken = '/var/run/secrets/kubernetes.io/serviceaccount/'

/** What stands at the path of the token file. */
export function tokenFileOf(spec: PodSpec, container: Container, path: string | undefined): TokenFile {
  if (path === undefined || path.startsWith(apiServerToken)) return { is: 'untold' }
  const file = unixPath(path)
  const mount = (container.volumeMounts ?? [])
    .filter(candidate => isInside(file, unixPath(candidate.mountPath)))
    .toSorted((a, b) => b.mountPath.length - a.mountPath.length)[0]
  if (mount === undefined) return { is: 'not-mounted' }
  const volume = spec.volumes?.find(candidate => candidate.name === mount.name)
  if (volume?.projected === undefined || mount.subPath !== undefined || mount.subPathExpr !== undefined) return { is: 'untold' }
  const inside = file.slice(unixPath(mount.mountPath).length).replace(/^\//, '')
  const token = volume.projected.sources?.find(source => source.serviceAccountToken?.path === inside)?.serviceAccountToken
  if (token !== undefined) return { is: 'token', volume: volume.name, audience: token.audience }
  const isOther = volume.projected.sources?.some(source => source.serviceAccountToken === undefined) === true
  return isOther ? { is: 'untold' } : { is: 'no-token', volume: volume.name }
}

const isInside = (file: string, folder: string): boolean => file === folder || file.startsWith(folder.endsWith('/') ? folder : `${folder}/`)

/** `C:\var\run\x` is `/var/run/x` for a mount. */
const unixPath = (path: string): string =>
  path
    .replace(/^[A-Za-z]:/, '')
    .replaceAll('\\', '/')
    .replace(/(.)\/+$/, '$1')
