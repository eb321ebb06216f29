import { isAtLeast, parseImage, type Version } from '#joints/container-image.ts'

/** What a component does in some of its versions and not in others. */
export interface Behaviour {
  /** The first version that does it; since ever when left out. Three numbers: `3.0.0`. */
  readonly since?: string
  /** The first version that no longer does it. */
  readonly until?: string
  /** What it does, a sentence. */
  readonly does: string
  /** Code, changelog or page that says so. */
  readonly source: string
}

/** A program that AWS or Kubernetes brings to a cluster, known by its images, and what it does in which version. */
export interface Component<Name extends string = string> {
  /** As its project calls it. */
  readonly id: string
  /** Ends of image repositories, registry left out: mirrors keep them. */
  readonly images: readonly string[]
  /** The EKS add-ons that bring it. */
  readonly addons?: readonly string[]
  readonly behaviours: Readonly<Record<Name, Behaviour>>
}

export const defineComponent = <const Name extends string>(component: Component<Name>): Component<Name> => component

/** Whether that version does it. */
export function does<Name extends string>(component: Component<Name>, version: Version, behaviour: NoInfer<Name>): boolean {
  const { since, until } = component.behaviours[behaviour]
  return (since === undefined || isAtLeast(version, since)) && (until === undefined || !isAtLeast(version, until))
}

/** Whether the image is one of the component, whatever its registry: `registry.example/csi-secrets-store/driver:v1.5.4`. */
export function isImageOf({ images }: Component, image: string): boolean {
  const { repository } = parseImage(image)
  return images.some(end => repository === end || repository.endsWith(`/${end}`))
}
