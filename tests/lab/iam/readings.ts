import { readAs } from '../irsa/lab-reading.ts'
import type { Json as TrustDocument } from '../irsa/trust-pairs.ts'
import { engineAnswer, type Answer, type Asked } from './engine-answer.ts'
import { resourceOf, type Case, type Json, type StandFacts } from './cases.ts'
import { callerNamed, mapDocuments, mapStatements, valuesOf, type Layer, type Statement } from './edit-case.ts'

interface Reading {
  /** The deviation of `deviations.ts` that it plays. */
  readonly id: string
  readonly edit: (asked: Asked, facts: StandFacts) => Asked
}

const withQuestion = (asked: Asked, question: Case): Asked => ({ ...asked, question })
const statementReading = (
  id: string,
  edit: (statement: Statement, layer: Layer, asked: Asked, facts: StandFacts) => Statement | undefined,
): Reading => ({
  id,
  edit: (asked, facts) =>
    withQuestion(
      asked,
      mapStatements(asked.question, (statement, layer) => edit(statement, layer, asked, facts)),
    ),
})
const contextReading = (id: string, edit: (asked: Asked, facts: StandFacts) => Asked['context']): Reading => ({
  id,
  edit: (asked, facts) => ({ ...asked, context: { ...asked.context, ...edit(asked, facts) } }),
})

/** Conditions are read by the same code of the lab as those of trust policies. */
const asTrust = (id: string): Reading => ({
  id,
  edit: (asked, { account }) => {
    const nothing = {
      accountId: account,
      issuerKey: '',
      providerArn: '',
      namespaces: ['', ''],
      serviceAccounts: ['', ''],
      audiences: ['', ''],
    } as const
    const edit = (document: Json) => readAs([id], { document: document as TrustDocument, context: {} }, nothing).document
    return withQuestion(asked, mapDocuments(asked.question, edit))
  },
})

/** The ARN of nothing that is asked about. */
const nowhere = 'arn:aws:none:::none'

/**
 * For each deviation the edit after which AWS's rules decide as the lab does, in an order in which they can follow one another. So a
 * difference is explained when the engine, asked the edited question, says what the lab said; and by nothing less.
 */
export const readings: readonly Reading[] = [
  asTrust('policy-variable'),
  statementReading('variable-in-resource', statement => withResources(statement, text => text.replaceAll(/\$\{(?!\$\}\{)/g, '${$}{'))),
  statementReading('resource-is-no-arn', statement =>
    withResources(statement, text => (text === '*' || text.startsWith('arn:') ? text : nowhere)),
  ),
  statementReading('resource-pattern-crosses-parts', (statement, _, { question }, facts) => {
    const arn = resourceOf(facts, question)
    return withResources(statement, text => (crosses(text) ? (fitsText(text, arn) ? arn : nowhere) : text))
  }),
  asTrust('arn-operator-on-text'),
  asTrust('boolean-in-capitals'),
  contextReading('principal-arn-of-session', ({ question }, { role }): Asked['context'] =>
    question.caller === 'role' ? { 'aws:PrincipalArn': role.sessionArn } : {},
  ),
  contextReading('via-service-absent', () => ({ 'aws:ViaAWSService': null })),
  contextReading('region-of-global-service', (_, { region }) => ({ 'aws:RequestedRegion': region })),
  contextReading('service-key-absent', ({ context }) => absent(context, /^(?:kms:CallerAccount|secretsmanager:.*)$/)),
  contextReading('resource-tag-by-identity', ({ question, context }) =>
    /"aws:resourcetag\//i.test(JSON.stringify(question.identity)) ? {} : absent(context, /^aws:ResourceTag\//),
  ),
  statementReading('not-principal', (statement, layer) => (layer === 'resource' && 'NotPrincipal' in statement ? undefined : statement)),
  {
    id: 'principal-is-a-pattern',
    edit: (asked, facts) => loosely(asked, facts, (text, name) => text !== '*' && fitsText(text.toLowerCase(), name.toLowerCase())),
  },
  {
    id: 'role-path-ignored',
    edit: (asked, facts) =>
      loosely(asked, facts, text => text.includes(':role/') && text.endsWith(`/${facts.role.name}`) && asked.question.caller === 'role'),
  },
  { id: 'everyone-within-limits', edit: (asked, facts) => loosely(asked, facts, text => text === '*', ['Allow']) },
]

/** The question as the lab reads it, as far as these deviations go. */
export const readAsLab = (ids: readonly string[], asked: Asked, facts: StandFacts): Asked =>
  readings.filter(({ id }) => ids.includes(id)).reduce((read, { edit }) => edit(read, facts), asked)

const absent = (context: Asked['context'], keys: RegExp): Asked['context'] =>
  Object.fromEntries(
    Object.keys(context)
      .filter(key => keys.test(key))
      .map(key => [key, null]),
  )

/** Whether a wildcard could cross a colon in one text where AWS does not say that it does. */
function crosses(pattern: string): boolean {
  const parts = pattern.split(':')
  const heads = parts.length < 6 ? parts : parts.slice(0, 5)
  return pattern !== '*' && !pattern.includes('${') && heads.some(text => text.includes('?') || text.slice(0, -1).includes('*'))
}

/** One pattern over the whole text, `*` and `?` for any characters. */
function fitsText(pattern: string, text: string): boolean {
  const escaped = pattern.replaceAll(/[\\^$.|+()[\]{}]/g, String.raw`\$&`)
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's').test(text)
}

function withResources(statement: Statement, edit: (text: string) => string): Statement {
  const name = 'Resource' in statement ? 'Resource' : 'NotResource'
  return name in statement ? { ...statement, [name]: valuesOf(statement[name]).map(edit) } : statement
}

/**
 * A Principal that the lab takes for the caller though it does not name it. A Deny so read names the caller. An Allow so read grants within
 * boundary and session policy, as no Principal does in AWS for users: it is played by an identity policy and a resource policy for the account.
 */
function loosely(
  asked: Asked,
  facts: StandFacts,
  fits: (text: string, caller: string) => boolean,
  effects: readonly string[] = ['Allow', 'Deny'],
): Asked {
  const { question } = asked
  const caller = callerNamed(question, facts)
  const moved: Statement[] = []
  const edited = mapStatements(question, (statement, layer) => {
    if (layer !== 'resource' || !('Principal' in statement) || !effects.includes(String(statement['Effect']))) return statement
    const { Principal, ...rest } = statement
    const named = typeof Principal === 'string' ? [Principal] : valuesOf((Principal as Json)['AWS'])
    // A session or user that is named itself has no limits in the lab either.
    if (named.includes(caller.session) || !named.some(text => text !== caller.exact && fits(text, caller.session))) return statement
    if (statement['Effect'] === 'Deny') return { ...statement, Principal: { AWS: caller.exact } }
    moved.push(rest)
    return { ...statement, Principal: { AWS: `arn:aws:iam::${facts.account}:root` } }
  })
  if (moved.length === 0) return withQuestion(asked, edited)
  const version = question.resource?.['Version']
  const document = { ...(version === undefined ? {} : { Version: version }), Statement: moved }
  return withQuestion(asked, { ...edited, identity: [...edited.identity, document] })
}

/**
 * The deviations that make the engine say `answer`, none of which could be left out: undefined where not even all of them do.
 * One alone is preferred.
 */
export function explanation(answer: Answer, asked: Asked, facts: StandFacts): readonly string[] | undefined {
  const all = readings.map(({ id }) => id)
  const says = (ids: readonly string[]) => engineAnswer(readAsLab(ids, asked, facts), facts) === answer
  const alone = all.find(id => says([id]))
  if (alone !== undefined) return [alone]
  if (!says(all)) return undefined
  return all.reduce((needed, id) => {
    const fewer = needed.filter(each => each !== id)
    return says(fewer) ? fewer : needed
  }, all)
}
