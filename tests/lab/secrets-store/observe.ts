import type { Lab } from '../lab.ts'
import { poll } from '../process/poll.ts'
import type { Variant } from './variants.ts'

/** What is seen of the pods of one Deployment. */
export interface Seen {
  /** Its volumes are mounted and its containers can be started, or at least tried. */
  readonly mounted: boolean
  /** What warnings say, each once. */
  readonly texts: readonly string[]
}

interface Pod {
  readonly kind: 'Pod'
  readonly metadata: { readonly name: string; readonly labels?: { readonly app?: string } }
  readonly status: { readonly containerStatuses?: readonly { readonly state?: { readonly waiting?: { readonly reason?: string } } }[] }
}

interface Event {
  readonly kind: 'Event'
  readonly type: string
  readonly reason: string
  readonly message: string
  readonly involvedObject: { readonly name?: string }
}

/** Every app of the namespace, by name. */
async function seenIn(lab: Lab, namespace: string): Promise<ReadonlyMap<string, Seen>> {
  const listed = await lab.kubectl('get', 'pods,events', '--namespace', namespace, '--output=json')
  const { items } = JSON.parse(listed) as { readonly items: readonly (Pod | Event)[] }
  const warnings = items.filter(item => item.kind === 'Event').filter(({ type }) => type === 'Warning')
  const pods = items.filter(item => item.kind === 'Pod')
  return new Map(
    pods.map(({ metadata, status }) => {
      const own = warnings.filter(({ involvedObject }) => involvedObject.name === metadata.name)
      const reason = status.containerStatuses?.[0]?.state?.waiting?.reason
      const seen = {
        mounted: status.containerStatuses !== undefined && reason !== 'ContainerCreating',
        texts: [...new Set(own.map(({ reason: kind, message }) => `${kind}: ${message}`))],
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
  const options = { what: `the pods in ${namespace}`, timeoutMilliseconds: 60_000, everyMilliseconds: 700 }
  return poll(all, options).catch(() => last)
}

function isAs({ happens: { mounted, says, more = [] } }: Variant, seen: Seen | undefined): boolean {
  const wanted = [...(says === undefined ? [] : [says]), ...more.map(each => each.says)]
  return seen !== undefined && seen.mounted === mounted && wanted.every(text => seen.texts.some(one => one.includes(text)))
}
