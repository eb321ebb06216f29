import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Makes `aws.json`, the part of the AWS provider's schema that plans are written in, from the package `@cdktf/provider-aws`, which HashiCorp generated
 * from the whole schema. Run by hand when a plan uses another resource:
 *
 *     npm pack @cdktf/provider-aws@21.22.1 && tar xzf cdktf-provider-aws-21.22.1.tgz
 *     node -C source tests/lab/code/derive-schema.ts package
 */
const resources = [
  'cloudwatch_log_group',
  'ebs_default_kms_key',
  'ebs_encryption_by_default',
  'eks_access_entry',
  'eks_access_policy_association',
  'eks_addon',
  'eks_pod_identity_association',
  'guardduty_detector',
  'guardduty_detector_feature',
  'iam_openid_connect_provider',
  'iam_role',
  'iam_role_policy',
  'iam_role_policy_attachment',
  'kms_alias',
  'kms_key',
  'kms_key_policy',
  'security_group',
  'vpc_endpoint',
  'vpc_security_group_egress_rule',
  'vpc_security_group_ingress_rule',
]

interface Attribute {
  readonly type: unknown
  readonly use: 'required' | 'optional' | 'computed'
}
interface Block {
  readonly attributes: Record<string, Attribute>
  readonly blocks: Record<string, { readonly nesting: string; readonly isRequired: boolean; readonly block: Block }>
}

const types: Readonly<Record<string, unknown>> = { string: 'string', number: 'number', boolean: 'bool' }

function blockOf(code: string, declarations: string, functionName: RegExp, interfaceName: string): Block {
  const start = code.search(functionName)
  if (start < 0) throw new Error(`no ${String(functionName)}`)
  const body = code.slice(start, code.indexOf('};', code.indexOf('const attrs = {', start)))
  const required = requiredIn(declarations, interfaceName)
  const block: Block = { attributes: {}, blocks: {} }
  for (const [, name = '', isBlock, type = '', stored = ''] of body.matchAll(
    /^ {8,12}(\w+): \{\s+value: .*\s+isBlock: (true|false),\s+type: "(\w+)",\s+storageClassType: "(\w+)"/gm,
  )) {
    if (isBlock === 'true') {
      const item = stored.replace(/List$/, '')
      const inner = new RegExp(`function ${item.charAt(0).toLowerCase()}${item.slice(1)}ToHclTerraform`)
      block.blocks[name] = {
        nesting: type === 'struct' ? 'single' : type,
        isRequired: required.has(name),
        block: blockOf(code, declarations, inner, item),
      }
      continue
    }
    const element = types[stored.replace(/(List|Map|Set)$/, '')] ?? 'string'
    block.attributes[name] = { type: type === 'simple' ? element : [type, element], use: required.has(name) ? 'required' : 'optional' }
  }
  return block
}

const snake = (name: string): string => name.replaceAll(/[A-Z0-9]+/g, match => `_${match.toLowerCase()}`)

/** Members of an interface without a question mark. */
function requiredIn(declarations: string, name: string): ReadonlySet<string> {
  const [, body = ''] = new RegExp(`export interface ${name}(?: extends [\\w.]+)? \\{\\n([\\s\\S]*?)\\n\\}`).exec(declarations) ?? []
  return new Set([...body.matchAll(/^ {4}readonly (\w+):/gm)].map(([, member = '']) => snake(member)))
}

/** What AWS gives and nobody sets: getters without setters. */
function computedIn(declarations: string): readonly string[] {
  const own = declarations.slice(declarations.indexOf('static readonly tfResourceType'))
  const getters = [...own.matchAll(/^ {4}get (\w+)\(\): string;/gm)].map(([, name = '']) => name)
  return getters.filter(name => !own.includes(`set ${name}(`)).map(snake)
}

const folder = process.argv[2] ?? 'package'
const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { readonly version: string }
const schema = Object.fromEntries(
  resources.map(name => {
    const home = join(folder, 'lib', name.replaceAll('_', '-'))
    const code = readFileSync(join(home, 'index.js'), 'utf8')
    const declarations = readFileSync(join(home, 'index.d.ts'), 'utf8')
    const config = /export interface (\w+Config) extends/.exec(declarations)?.[1] ?? ''
    const block = blockOf(code, declarations, /synthesizeHclAttributes\(\) \{/, config)
    for (const each of computedIn(declarations)) block.attributes[each] ??= { type: 'string', use: 'computed' }
    return [`aws_${name}`, block]
  }),
)
const source = `@cdktf/provider-aws ${version}, MPL-2.0: resources of the Terraform provider hashicorp/aws 6`
writeFileSync(new URL('provider/aws.json', import.meta.url), `${JSON.stringify({ source, resources: schema }, null, 1)}\n`)
