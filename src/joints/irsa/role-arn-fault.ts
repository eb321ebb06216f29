import { parseRoleArn } from './service-account.ts'

/** What is wrong with the text of a role ARN, and the ARN that was meant when that is certain from the text alone. */
export interface RoleArnFault {
  readonly what: string
  readonly repaired?: string
}

/** Signs that nobody sees: spaces of every sort, line breaks, zero-width signs, byte order marks. */
const invisible = /[\s\u00AD\u200B-\u200D\u2060\uFEFF]+/g
const edges = /^[\s\u00AD\u200B-\u200D\u2060\uFEFF]+|[\s\u00AD\u200B-\u200D\u2060\uFEFF]+$/g

interface Slip {
  readonly what: string
  readonly mended: (value: string) => string
}

/** Each alone mends a text completely, or says nothing. */
const slips: readonly Slip[] = [
  { what: 'it ends in a line break', mended: value => (/[\r\n]\s*$/.test(value) ? value.replaceAll(edges, '') : value) },
  { what: 'there are spaces around it', mended: value => value.replaceAll(edges, '') },
  { what: 'there are spaces or line breaks in it', mended: value => value.replaceAll(invisible, '') },
  { what: 'it stands in quotes of its own', mended: value => value.replaceAll(edges, '').replaceAll(/^["'`]+|["'`]+$/g, '') },
  { what: 'something stands behind it', mended: value => value.replaceAll(/[;:]+\s*$/g, '') },
  { what: 'it begins in upper case', mended: value => value.replace(/^arn:aws[a-z0-9-]*:iam::/i, start => start.toLowerCase()) },
  { what: 'a colon is missing before the account', mended: value => value.replace(/^(arn:aws[a-z0-9-]*:iam):(\d)/, '$1::$2') },
  { what: 'there is a colon too many', mended: value => value.replace(/^(arn:aws[a-z0-9-]*):+iam:+(\d{12}):+role/, '$1:iam::$2:role') },
  {
    what: 'IAM has no region, but it names one',
    mended: value => value.replace(/^(arn:aws[a-z0-9-]*:iam):[a-z]{2}(?:-[a-z]+)+-\d:/, '$1::'),
  },
  {
    what: 'a slash must stand between role and its name',
    mended: value => value.replace(/^(arn:aws[a-z0-9-]*:iam::\d{12}):role:/, '$1:role/'),
  },
  { what: 'it says roles where an ARN says role', mended: value => value.replace(/^(arn:aws[a-z0-9-]*:iam::\d{12}):roles\//, '$1:role/') },
]

const foreign: readonly (readonly [RegExp, string])[] = [
  [/^arn:[^:]*:iam::\d{12}:instance-profile\//, 'this is an instance profile, not the role in it'],
  [/^arn:[^:]*:sts::\d{12}:assumed-role\//, 'this is a session of the role, not the role'],
  [/^arn:[^:]*:iam::\d{12}:user\//, 'this is a user'],
  [/^arn:[^:]*:iam::(?:\d{12}|aws):policy\//, 'this is a policy'],
  [/^arn:[^:]*:iam::\d{12}:oidc-provider\//, 'this is an OIDC provider'],
  [/^(?!arn:)[\w+=,.@/-]+$/, 'this is a name, not an ARN'],
]

/** Undefined when the webhook takes the ARN for well-formed. */
export function roleArnFault(value: string): RoleArnFault | undefined {
  if (parseRoleArn(value) !== undefined) return undefined
  for (const { what, mended } of slips) {
    const repaired = mended(value)
    if (repaired !== value && parseRoleArn(repaired) !== undefined) return { what, repaired }
  }
  const bare = value.replaceAll(edges, '')
  const kind = foreign.find(([pattern]) => pattern.test(bare))?.[1]
  if (kind !== undefined) return { what: kind }
  const account = /^arn:[^:]*:iam::([^:]*):role\//.exec(bare)?.[1]
  if (account !== undefined && !/^\d{12}$/.test(account)) return { what: accountFault(account) }
  if (/[<{$[]|REPLACE|EXAMPLE_|ACCOUNT_?ID/i.test(bare)) return { what: 'a placeholder was left in it' }
  return { what: 'this is not the ARN of a role' }
}

function accountFault(account: string): string {
  if (account === '') return 'the account is missing'
  if (/^\d+$/.test(account)) return `the account has ${account.length} digits, not 12`
  return /[<{$]/.test(account) || /account/i.test(account) ? 'a placeholder stands for the account' : 'the account is not 12 digits'
}
