import { z } from 'zod'
import { nearest } from '#base/nearest.ts'
import { valueAt, type Path } from '#model/place.ts'
import { blueprintSchema } from './blueprint-schema.ts'

/** What is wrong with a blueprint at one place: at a value, or at the name of a member. */
interface Fault {
  readonly path: Path
  readonly isKey: boolean
  readonly message: string
  readonly help?: string
}

type Issue = z.core.$ZodIssue

/** An issue of the schema, in words for whoever wrote the file. */
export function faultOf(issue: Issue, file: unknown): Fault {
  const path = issue.path as Path
  const named = nameOf(path)
  switch (issue.code) {
    case 'unrecognized_keys':
      return unknownMember(issue.keys[0] ?? '', path)
    case 'invalid_key':
      return { path, isKey: true, message: issue.issues[0]?.message ?? issue.message, ...helpOf(keyHelp, path[0]) }
    case 'invalid_type': {
      const isMissing = valueAt(file, path) === undefined
      return {
        path,
        isKey: false,
        message: isMissing ? `${named} is missing` : `${named} must be ${words[issue.expected] ?? issue.expected}`,
      }
    }
    case 'invalid_value':
      return { path, isKey: false, message: `${named} is ${list(issue.values.map(String))}, not ${String(valueAt(file, path))}` }
    case 'invalid_union':
      return { path, isKey: false, message: `${named} is cluster, or a list of namespaces` }
    case 'too_small':
      return { path, isKey: false, message: `${named} ${issue.origin === 'string' ? 'is empty' : `is at least ${String(issue.minimum)}`}` }
    case 'too_big':
      return { path, isKey: false, message: `${named} is at most ${String(issue.maximum)}` }
    default:
      return { path, isKey: false, message: issue.message, ...helpOf(formatHelp, path.at(-2)) }
  }
}

const words: Readonly<Record<string, string>> = {
  object: 'a map',
  record: 'a map',
  array: 'a list',
  string: 'a text',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
}

const keyHelp: Readonly<Record<string, string>> = {
  workloads: 'write namespace/name, as in payments/reader',
  access: 'write the ARN of a role or user',
}

const formatHelp: Readonly<Record<string, string>> = {
  reads: 'write secret/NAME, parameter/NAME or s3/BUCKET/KEYS, as in s3/reports/*',
  from: 'write shop/web:8080, 10.0.0.0/16:443 or internet:443',
  to: 'write shop/api:8080, rds/orders:5432, aws/secretsmanager:443, 10.0.0.0/16:53/udp or internet:443',
}

function helpOf(table: Readonly<Record<string, string>>, step: string | number | undefined): { readonly help?: string } {
  const help = table[String(step)]
  return help === undefined ? {} : { help }
}

function unknownMember(name: string, path: Path): Fault {
  const known = membersAt(path)
  const near = nearest(name, known)
  return {
    path: [...path, name],
    isKey: true,
    message: `${path.length === 0 ? 'a blueprint' : nameOf(path)} has no ${name}`,
    help: near === undefined ? `it has ${known.join(', ')}` : `did you mean ${near}?`,
  }
}

const nameOf = (path: Path): string => (path.length === 0 ? 'a blueprint' : String(path.findLast(step => typeof step === 'string')))

const list = (values: readonly string[]): string =>
  values.length < 3 ? values.join(' or ') : `${values.slice(0, -1).join(', ')} or ${values.at(-1) ?? ''}`

/** The members that the schema has at a path. */
function membersAt(path: Path): readonly string[] {
  let schema: unknown = blueprintSchema
  for (const step of path) schema = within(bare(schema), step)
  const object = bare(schema)
  return object instanceof z.ZodObject ? Object.keys(object.shape) : []
}

const bare = (schema: unknown): unknown => (schema instanceof z.ZodOptional ? bare(schema.unwrap()) : schema)

function within(schema: unknown, step: string | number): unknown {
  if (schema instanceof z.ZodObject) return (schema.shape as Readonly<Record<string, unknown>>)[step]
  if (schema instanceof z.ZodRecord) return schema.valueType
  return schema instanceof z.ZodArray ? schema.element : undefined
}
