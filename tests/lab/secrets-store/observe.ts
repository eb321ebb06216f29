import type { Lab } from '../lab.ts'
import { poll } from '../process/poll.ts'
import type { Variant } from './variants.ts'

/** What is seen of the pods of one Deployment. */
export interface Seen {
  /** Its volumes are mounted and its containers can be started, or at least tried. */
  readonly mounted: boolean
  readonly ready: boolean
  /** What warnings say, each once. */
  readonly texts: readonly string[]
}

interface PodList {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly labels?: { readonly app?: string } }
    readonly status: {
      readonly conditions?: readonly { readonly type: string; readonly status: string }[]
      readonly containerStatuses?: readonly { readonly state?: { readonly waiting?: { readonly reason?: string } } }[]
    }
  }[]
}

interface EventList {
  readonly items: readonly { readonly type: string; readonly message: string; readonly involvedObject: { readonly name?: string } }[]
}

/** Every app of the namespace, by name. */
export async function seenIn(lab: Lab, namespace: string): Promise<ReadonlyMap<string, Seen>> {
  const read = async <List>(what: string) => JSON.parse(await lab.kubectl('get', what, '--namespace', namespace, '--output=json')) as List
  const [pods, events] = await Promise.all([read<PodList>('pods'), read<EventList>('events')])
  return new Map(
    pods.items.map(({ metadata, status }) => {
      const texts = events.items.filter(({ type, involvedObject }) => type === 'Warning' && involvedObject.name === metadata.name)
      const reason = status.containerStatuses?.[0]?.state?.waiting?.reason
      const seen = {
        ready: status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false,
        mounted: status.containerStatuses !== undefined && reason !== 'ContainerCreating',
        texts: [...new Set(texts.map(({ message }) => message))],
      }
      return [metadata.labels?.app ?? metadata.name, seen] as const
    }),
  )
}

/** Waits until each is as it says that it will be, or a minute is over; answers what was last seen. */
export async function observed(lab: Lab, namespace: string, variants: readonly Variant[]): Promise<ReadonlyMap<string, Seen>> {
  let last: ReadonlyMap<string, Seen> = new Map()
  const all = async () => {
    last = await seenIn(lab, namespace)
    return variants.every(variant => isAs(variant, last.get(variant.name))) ? last : undefined
  }
  const options = { what: `the pods in ${namespace}`, timeoutMilliseconds: 60_000, everyMilliseconds: 500 }
  return poll(all, options).catch(() => last)
}

const isAs = ({ happens }: Variant, seen: Seen | undefined): boolean =>
  seen !== undefined &&
  seen.mounted === happens.mounted &&
  (happens.says === undefined || seen.texts.some(text => text.includes(happens.says ?? '')))
