/** An expression of Terraform, written as it is: `aws_iam_role.reader.arn`. */
export class Expression {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** A value that Terraform writes as JSON text: a policy document. */
export class JsonText {
  readonly value: unknown
  constructor(value: unknown) {
    this.value = value
  }
}

export type HclValue =
  | string
  | number
  | boolean
  | Expression
  | JsonText
  | readonly HclValue[]
  | { readonly [key: string]: HclValue | undefined }

/** A block and what stands in it. Attributes that are undefined are left out. */
export interface HclBlock {
  readonly type: string
  readonly labels?: readonly string[]
  readonly attributes: Readonly<Record<string, HclValue | undefined>>
  readonly blocks?: readonly HclBlock[]
}

/** A block in the layout of `terraform fmt`: equals signs of neighbouring lines stand below each other. */
export function hclText(block: HclBlock, depth = 0): string {
  const pad = '  '.repeat(depth)
  const labels = (block.labels ?? []).map(label => ` ${JSON.stringify(label)}`).join('')
  const inner = [
    ...attributeLines(Object.entries(block.attributes), depth + 1),
    ...(block.blocks ?? []).flatMap((each, index) => [
      ...(index > 0 || Object.values(block.attributes).some(value => value !== undefined) ? [''] : []),
      hclText(each, depth + 1),
    ]),
  ]
  return [`${pad}${block.type}${labels} {`, ...inner, `${pad}}`].join('\n')
}

function attributeLines(entries: readonly (readonly [string, unknown])[], depth: number): readonly string[] {
  const given = entries.filter(([, value]) => value !== undefined).map(([key, value]) => [keyText(key), valueText(value, depth)] as const)
  const lines: string[] = []
  // Values of several lines end a group whose equals signs are aligned.
  for (let from = 0; from < given.length;) {
    let to = from
    while (to < given.length && !(given[to]?.[1] ?? '').includes('\n')) to += 1
    const group = given.slice(from, Math.max(to, from + 1))
    const width = Math.max(...group.map(([key]) => key.length))
    for (const [key, text] of group) lines.push(`${'  '.repeat(depth)}${key.padEnd(width)} = ${text}`)
    from += group.length
  }
  return lines
}

const keyText = (key: string): string => (/^[A-Za-z_][A-Za-z0-9_-]*$/.test(key) ? key : stringText(key))

/** `${` and `%{` begin templates. https://developer.hashicorp.com/terraform/language/expressions/strings#escape-sequences */
const stringText = (text: string): string => JSON.stringify(text).replaceAll('${', '$$${').replaceAll('%{', '%%{')

function valueText(value: unknown, depth: number): string {
  if (value instanceof Expression) return value.text
  if (value instanceof JsonText) return `jsonencode(${valueText(value.value, depth)})`
  if (typeof value === 'string') return stringText(value)
  if (Array.isArray(value)) return listText(value, depth)
  if (typeof value !== 'object' || value === null) return String(value)
  const entries = Object.entries(value)
  if (entries.every(([, inner]) => inner === undefined)) return '{}'
  return ['{', ...attributeLines(entries, depth + 1), `${'  '.repeat(depth)}}`].join('\n')
}

function listText(items: readonly unknown[], depth: number): string {
  const texts = items.map(item => valueText(item, depth + 1))
  const line = `[${texts.join(', ')}]`
  if (!texts.some(text => text.includes('\n')) && line.length <= 80) return line
  return ['[', ...texts.map(text => `${'  '.repeat(depth + 1)}${text},`), `${'  '.repeat(depth)}]`].join('\n')
}
