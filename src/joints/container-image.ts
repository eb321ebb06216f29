/** A container image as a pod names it. https://github.com/distribution/reference */
export interface ContainerImage {
  /** Registry and path, without tag and digest: `602401143452.dkr.ecr.eu-west-1.amazonaws.com/eks/aws-ebs-csi-driver`. */
  readonly repository: string
  readonly tag?: string
  readonly digest?: string
  /** Of a tag that is a version: `v1.2.3-eksbuild.1` is 1.2.3. */
  readonly version?: Version
}

export interface Version {
  readonly major: number
  readonly minor: number
  readonly patch: number
}

export function parseImage(text: string): ContainerImage {
  const [named = '', digest] = text.split('@')
  const colon = named.lastIndexOf(':')
  const hasTag = colon > named.lastIndexOf('/')
  const tag = hasTag ? named.slice(colon + 1) : undefined
  const version = tag === undefined ? undefined : parseVersion(tag)
  return {
    repository: hasTag ? named.slice(0, colon) : named,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
    ...(version === undefined ? {} : { version }),
  }
}

/** `v1.2.3`, `1.2.3-eksbuild.4`, `v1.2`: undefined for `latest` and for anything else that is no version. */
export function parseVersion(text: string): Version | undefined {
  const found = /^v?(\d+)\.(\d+)(?:\.(\d+))?(?:[-+].*)?$/.exec(text)
  if (found === null) return undefined
  const [, major, minor, patch = '0'] = found
  return { major: Number(major), minor: Number(minor), patch: Number(patch) }
}

export const versionText = ({ major, minor, patch }: Version): string => `${major}.${minor}.${patch}`

/** Below zero when the first is older. */
export const compareVersions = (a: Version, b: Version): number => a.major - b.major || a.minor - b.minor || a.patch - b.patch

/** @param least `1.6.0` */
export function isAtLeast(version: Version, least: string): boolean {
  const bound = parseVersion(least)
  if (bound === undefined) throw new Error(`${least} is no version`)
  return compareVersions(version, bound) >= 0
}
