import type { Kind } from '#model/kinds.ts'
import { apiVersionOf, isKubernetesKind, kubernetesName } from '#model/kinds.ts'
import type { Edit } from '#model/change.ts'
import { byHandText, headText } from './by-hand.ts'
import { codeName, declarationsOf, type EditedObject } from './edited.ts'
import { Expression, hclText, JsonText, type HclBlock } from './hcl.ts'
import { terraformKinds, type TerraformResource } from './terraform-kinds.ts'

/**
 * What a plan makes, as Terraform: a resource for each object or part of one, an `import` block for what exists already. What only the code that
 * declares an object can change stands as a remark. Ends with a line feed.
 */
export function terraformText(objects: readonly EditedObject[]): string {
  const names = new Map<string, number>()
  const references = referencesTo(objects)
  const texts = objects.map(object => {
    const blocks = isKubernetesKind(object.target.kind) ? clusterBlocks(object) : declarationsOf(terraformKinds, object)
    if (blocks === undefined) return byHandText(object, '#')
    const own = blocks.flatMap(block => named(block, object, names)).map(block => hclText(referring(block, references)))
    return [...object.titles.map(title => `# ${title}`), own.join('\n\n')].join('\n')
  })
  return `${[headText('#', ['Providers: hashicorp/aws 6 or newer, hashicorp/kubernetes 2 or newer.']), ...texts].join('\n\n')}\n`
}

/** https://registry.terraform.io/providers/hashicorp/kubernetes/latest/docs/resources/manifest, and annotations and labels of what others declare. */
function clusterBlocks({ target, before, after, steps }: EditedObject): readonly TerraformResource[] | undefined {
  const { kind } = target
  if (!isKubernetesKind(kind) || after === undefined) return undefined
  const named = { apiVersion: apiVersionOf(kind), kind: kubernetesName(kind) }
  if (before === undefined)
    return [
      {
        type: 'kubernetes_manifest',
        suffix: kubernetesName(kind),
        attributes: { manifest: { ...named, ...after } },
      },
    ]
  const parts = new Set(steps.map(({ change }) => metadataMap(change.edit)))
  if (parts.size !== 1 || parts.has(undefined)) return undefined
  const [part] = parts
  const { metadata } = after as { readonly metadata: { readonly name: string; readonly namespace?: string } & Record<string, unknown> }
  const had = ((before as { readonly metadata?: Record<string, unknown> }).metadata?.[part ?? ''] ?? {}) as Record<string, string>
  const has = (metadata[part ?? ''] ?? {}) as Record<string, string>
  return [
    {
      type: `kubernetes_${part ?? ''}`,
      suffix: kubernetesName(kind),
      attributes: {
        api_version: named.apiVersion,
        kind: named.kind,
        [part ?? '']: Object.fromEntries(Object.entries(has).filter(([key, value]) => had[key] !== value)),
      },
      blocks: [{ type: 'metadata', attributes: { name: metadata.name, namespace: metadata.namespace } }],
    },
  ]
}

/** `annotations` or `labels`, when that is what an edit sets. */
function metadataMap(edit: Edit): 'annotations' | 'labels' | undefined {
  if (edit.do !== 'set' || edit.path[0] !== 'metadata') return undefined
  return edit.path[1] === 'annotations' || edit.path[1] === 'labels' ? edit.path[1] : undefined
}

function named(
  { suffix, importId, ...block }: TerraformResource,
  { target }: EditedObject,
  names: Map<string, number>,
): readonly HclBlock[] {
  const wanted = `${codeName(target)}${suffix === undefined ? '' : `_${suffix.replaceAll(/[^A-Za-z0-9]+/g, '_').toLowerCase()}`}`
  const key = `${block.type}.${wanted}`
  const count = (names.get(key) ?? 0) + 1
  names.set(key, count)
  const name = count === 1 ? wanted : `${wanted}_${count}`
  const resource: HclBlock = { ...block, type: 'resource', labels: [block.type, name] }
  if (importId === undefined) return [resource]
  return [{ type: 'import', attributes: { to: new Expression(`${block.type}.${name}`), id: importId } }, resource]
}

/** The attribute by which others name an object of a kind that a plan makes. */
const nameable: Partial<Readonly<Record<Kind, readonly [type: string, attribute: string]>>> = {
  'aws/ec2/SecurityGroup': ['aws_security_group', 'id'],
  'aws/iam/OpenIDConnectProvider': ['aws_iam_openid_connect_provider', 'arn'],
  'aws/iam/Role': ['aws_iam_role', 'arn'],
  'aws/kms/Key': ['aws_kms_key', 'arn'],
  'aws/guardduty/Detector': ['aws_guardduty_detector', 'id'],
}

function referencesTo(objects: readonly EditedObject[]): ReadonlyMap<string, Expression> {
  return new Map(
    objects.flatMap(({ target, before }) => {
      const facts = nameable[target.kind]
      if (facts === undefined || before !== undefined) return []
      return [[target.id, new Expression(`${facts[0]}.${codeName(target)}.${facts[1]}`)] as const]
    }),
  )
}

const referring = (block: HclBlock, references: ReadonlyMap<string, Expression>): HclBlock => ({
  ...block,
  attributes: replaced(block.attributes, references) as HclBlock['attributes'],
})

function replaced(value: unknown, references: ReadonlyMap<string, Expression>): unknown {
  if (typeof value === 'string') return references.get(value) ?? value
  if (value instanceof JsonText) return new JsonText(replaced(value.value, references))
  if (value instanceof Expression || typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(item => replaced(item, references))
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, replaced(inner, references)]))
}
