import { compilePolicy, type CompiledPolicy, type PolicyKind } from '#iam/compile.ts'
import { decide, type Policies } from '#iam/decide.ts'
import { compileGlob, globMatches } from '#iam/glob.ts'
import type { Request } from '#iam/request.ts'
import { decideTrust, providerArnFor, trustIndex } from '#iam/web-identity.ts'
import { oracle, type OracleRequest } from '../../tests/oracles/iam/evaluator.ts'

/**
 * What the IAM engine costs, as JSON: each figure stands beside its bound or beside the slow evaluator, measured in the same run, and sizes grow
 * 1, 2, 4 fold so that the order of growth can be read off.
 */
const A = '111122223333'
const request: Request = {
  principal: { kind: 'roleSession', roleArn: `arn:aws:iam::${A}:role/team/reader`, sessionName: 's' },
  action: 's3:GetObject',
  resource: 'arn:aws:s3:::reports-49/2026/a.csv',
  resourceAccount: A,
  context: {
    'aws:PrincipalArn': `arn:aws:iam::${A}:role/team/reader`,
    'aws:PrincipalTag/team': '49',
    'aws:PrincipalOrgID': 'o-1',
    'aws:SourceVpce': 'vpce-1',
    'aws:SecureTransport': 'true',
    'aws:RequestedRegion': 'eu-west-1',
  },
}

/** Statements of ordinary shape; only the last one matches. */
function document(statements: number): unknown {
  const list = Array.from({ length: statements }, (_, i) => ({
    Sid: `S${i}`,
    Effect: 'Allow',
    Action: ['s3:Get*', 's3:ListBucket'],
    Resource: [`arn:aws:s3:::reports-${i + 50 - statements}/*`, `arn:aws:s3:::archive-${i}`],
    Condition: {
      StringEquals: { 'aws:PrincipalTag/team': String(i + 50 - statements), 'aws:SourceVpce': ['vpce-1', 'vpce-2'] },
      Bool: { 'aws:SecureTransport': 'true' },
    },
  }))
  return { Version: '2012-10-17', Statement: list }
}

/** Microseconds of processor time of one call, the least of nine rounds: a busy machine must not count. */
function measure(call: () => unknown, atLeast = 30): number {
  // Warm first: the first figure must not pay for the compiler.
  for (const end = performance.now() + 150; performance.now() < end;) call()
  let calls = 1
  while (spent(call, calls) < atLeast * 1000) calls *= 2
  const rounds = Array.from({ length: 9 }, () => spent(call, calls) / calls)
  return round(Math.min(...rounds))
}

function spent(call: () => unknown, calls: number): number {
  const start = process.cpuUsage()
  for (let i = 0; i < calls; i++) call()
  const used = process.cpuUsage(start)
  return used.user + used.system
}

const round = (value: number): number => Number(value.toPrecision(3))
const compile = (given: unknown, kind: PolicyKind): readonly CompiledPolicy[] => [compilePolicy(given, kind)]

function decisions(): unknown {
  const bounds: Readonly<Record<number, number>> = { 1: 1, 10: 5, 50: 15 }
  return [1, 10, 50, 100, 200].map(statements => {
    const raw = document(statements)
    const policies: Policies = { identity: compile(raw, 'identity') }
    const answer = decide(request, policies).answer
    const engine = measure(() => decide({ ...request }, policies))
    const slow = measure(() => oracle(request as unknown as OracleRequest, { identity: [raw] }))
    return { statements, answer, microseconds: engine, bound: bounds[statements], slowEvaluator: slow, ratio: round(slow / engine) }
  })
}

/** A role behind two organization levels, a boundary, a session policy and a bucket policy. */
function layers(): unknown {
  const full = {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: '*', Resource: '*' },
      {
        Effect: 'Deny',
        NotAction: ['s3:*', 'iam:*', 'sts:*'],
        Resource: '*',
        Condition: { StringNotEquals: { 'aws:RequestedRegion': ['eu-west-1', 'eu-central-1'] } },
      },
    ],
  }
  const bucket = {
    Version: '2012-10-17',
    Statement: { Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: '*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
  }
  const policies: Policies = {
    serviceControl: [compile(full, 'serviceControl'), compile(full, 'serviceControl')],
    resourceControl: [compile(bucket, 'resourceControl')],
    identity: compile(document(5), 'identity'),
    boundary: compile(full, 'boundary'),
    session: compile(full, 'session'),
    resource: compile(bucket, 'resource'),
  }
  return { answer: decide(request, policies).answer, microseconds: measure(() => decide({ ...request }, policies)) }
}

function compiling(): unknown {
  return [1, 10, 20, 40].map(statements => {
    const raw = document(statements)
    return {
      statements,
      bytes: JSON.stringify(raw).length,
      microseconds: measure(() => compilePolicy(raw, 'identity')),
      bound: 100,
    }
  })
}

/** Patterns that make backtracking matchers run for hours, against texts of 10, 20 and 40 kB. */
function adversarial(): unknown {
  const patterns = {
    tenStars: `${'*a'.repeat(10)}*b*`,
    tenStarsWithQuestions: `${'*a?'.repeat(10)}*?b*`,
    longPiece: `*${'a'.repeat(200)}b*`,
    longPieceWithQuestions: `*${'a?'.repeat(100)}b*`,
  }
  return Object.entries(patterns).map(([name, pattern]) => {
    const glob = compileGlob(pattern)
    const sizes = [10_000, 20_000, 40_000].map(size => {
      const text = 'a'.repeat(size)
      return { size, microseconds: measure(() => globMatches(glob, text), 10) }
    })
    return { name, sizes }
  })
}

function trusts(): unknown {
  const issuer = 'oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE'
  return [1, 2, 4].map(factor => {
    const roles = Array.from({ length: 300 * factor }, (_, i) => {
      const roleArn = `arn:aws:iam::${A}:role/r${i}`
      // One role in ten trusts by a pattern, the others name subjects.
      const Condition =
        i % 10 === 0
          ? { StringLike: { [`${issuer}:sub`]: `system:serviceaccount:ns${i}:*` } }
          : { StringEquals: { [`${issuer}:sub`]: [`system:serviceaccount:ns${i}:sa${i}`, `system:serviceaccount:ns${i}:sb${i}`] } }
      const trust = compilePolicy(
        {
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Principal: { Federated: providerArnFor(roleArn, issuer) },
              Action: 'sts:AssumeRoleWithWebIdentity',
              Condition,
            },
          ],
        },
        'trust',
      )
      return { roleArn, trust }
    })
    const subjects = Array.from({ length: 1000 }, (_, i) => `system:serviceaccount:ns${i}:sa${i}`)
    let matches = 0
    const start = performance.now()
    const index = trustIndex(roles, { issuer, aud: 'sts.amazonaws.com' })
    for (const subject of subjects) matches += index.rolesFor(subject).length
    const milliseconds = round(performance.now() - start)
    const pairs = performance.now()
    let allowed = 0
    for (const sub of subjects) {
      for (const { roleArn, trust } of roles) {
        if (
          decideTrust({ roleArn, providerArn: providerArnFor(roleArn, issuer), issuer, claims: { sub, aud: 'sts.amazonaws.com' } }, trust)
            .answer === 'allow'
        )
          allowed++
      }
    }
    return {
      roles: roles.length,
      serviceAccounts: subjects.length,
      matches,
      milliseconds,
      everyPairMilliseconds: round(performance.now() - pairs),
      agrees: allowed === matches,
      bound: factor === 1 ? 2000 : undefined,
    }
  })
}

const memory = (): number => Math.round(process.memoryUsage().rss / 1e6)
const result = {
  node: process.version,
  decisions: decisions(),
  layers: layers(),
  compile: compiling(),
  adversarial: adversarial(),
  trustMatrix: trusts(),
  residentMegabytes: memory(),
}
process.stdout.write(`${JSON.stringify(result, undefined, 2)}\n`)
