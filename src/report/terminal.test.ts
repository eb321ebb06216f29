import { describe, expect, it } from 'vitest'
import {
  annotationFinding,
  brokenChain,
  emptyOutcome,
  hostile,
  roleFromApi,
  sample,
  trust,
  trustFinding,
  unknownChain,
} from '../../tests/report/sample-outcome.ts'
import { chainDrawing } from './chain-drawing.ts'
import { diagnostic } from './diagnostic.ts'
import { terminalReport } from './terminal.ts'

const plain = { color: false, width: 80 }

describe('diagnostic', () => {
  it("shows places, effect and the edit in the file's own text", () => {
    expect(`\n${diagnostic(trust, plain)}\n`).toMatchInlineSnapshot(`
      "
      high[irsa/trust-does-not-match]: role s3-reader trusts reader in namespace
        default, not in payments
       --> infra/iam.yaml:6:60
        |
      5 |         StringEquals:
      6 | …-west-1.amazonaws.com/id/EXAMPLE:sub: system:serviceaccount:default:reader
        |                                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        |                         the token says system:serviceaccount:payments:reader
       ::: k8s/reader.yaml:7:33
      6 |   annotations:
      7 |     eks.amazonaws.com/role-arn: arn:aws:iam::111122223333:role/s3-reader
        |                                 ----------------------------------------
        |                                 this service account asks for the role
        = effect: AssumeRoleWithWebIdentity is denied, so pods using this service
                  account get no AWS credentials.
        = breaks: cronjob/report in payments, deploy/reader in payments
        = fix (needs approval): trust system:serviceaccount:payments:reader
        |
      6 - …west-1.amazonaws.com/id/EXAMPLE:sub: system:serviceaccount:default:reader
      6 + …west-1.amazonaws.com/id/EXAMPLE:sub: system:serviceaccount:payments:reader
        |
        $ kubectl rollout restart deployment/reader -n payments
        = see: mortise checks irsa/trust-does-not-match
      "
    `)
  })
  it('quotes what an API gave, and shows the change by its path', () => {
    expect(`\n${diagnostic(trustFinding(roleFromApi), plain)}\n`).toMatchInlineSnapshot(`
      "
      high[irsa/trust-does-not-match]: role s3-reader trusts reader in namespace
        default, not in payments
       --> iam:GetRole s3-reader
           .AssumeRolePolicyDocument.Statement[0].Condition.StringEquals["oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE:sub"]
        |
        | "system:serviceaccount:default:reader"
        | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        | the token says system:serviceaccount:payments:reader
       ::: k8s/reader.yaml:7:33
      6 |   annotations:
      7 |     eks.amazonaws.com/role-arn: arn:aws:iam::111122223333:role/s3-reader
        |                                 ----------------------------------------
        |                                 this service account asks for the role
        = effect: AssumeRoleWithWebIdentity is denied, so pods using this service
                  account get no AWS credentials.
        = breaks: cronjob/report in payments, deploy/reader in payments
        = fix (needs approval): trust system:serviceaccount:payments:reader
        |
        | aws/iam/Role arn:aws:iam::111122223333:role/s3-reader
        | .AssumeRolePolicyDocument.Statement[0].Condition.StringEquals
        - …-west-1.amazonaws.com/id/EXAMPLE:sub: system:serviceaccount:default:reader
        + …-west-1.amazonaws.com/id/EXAMPLE:sub: system:serviceaccount:payments:reader
        |
        $ kubectl rollout restart deployment/reader -n payments
        = see: mortise checks irsa/trust-does-not-match
      "
    `)
  })
  it('shows added structures and created resources as YAML', () => {
    expect(`\n${diagnostic(annotationFinding, plain)}\n`).toMatchInlineSnapshot(`
      "
      low[irsa/audience-missing]: service account payments/reader names no audience
       --> k8s/reader.yaml:6:3
        |
      5 |   namespace: payments
      6 |   annotations:
        |   ^^^^^^^^^^^
        = effect: Pods get no AWS credentials.
        = fix: name the audience and create the provider
        |
      6 |   annotations:
        +     eks.amazonaws.com/audience: sts.amazonaws.com
        |
        | create aws/iam/OpenIDConnectProvider
        | arn:aws:iam::111122223333:oidc-provider/example
        + Url: example
        + ClientIDList:
        +   - sts.amazonaws.com
        +   - "yes"
        = see: mortise checks irsa/audience-missing
      "
    `)
  })
  it('names only the first of many workloads', () => {
    const many = { ...trust, workloads: ['a', 'b', 'c', 'd', 'e', 'f'].map(name => `deploy/${name} in x`) }
    expect(diagnostic(many, plain)).toContain('= breaks: deploy/a in x, deploy/b in x, deploy/c in x and 3 more')
    expect(diagnostic(many, { ...plain, verbose: true })).toContain('deploy/f in x')
  })
})

describe('terminalReport', () => {
  it('ends with the table of joints, the counts and the next command', () => {
    const text = terminalReport(sample, plain)
    expect(`\n${text.slice(text.indexOf('unknown[aws'))}`).toMatchInlineSnapshot(`
      "
      unknown[aws/iam/OpenIDConnectProvider]: access denied
        = open: 5 verdicts on sa/agent in payments, sa/batch in payments, sa/ledger in
                payments and 2 more
        = settle: allow iam:GetOpenIDConnectProvider

      joint  chains  hold  broken  unknown
      irsa        3     1       1        1  IAM roles for service accounts

      3 findings (1 high, 1 medium, 1 low) · 5 unknown · 1 input problem · 42
      resources read
      next: mortise explain cronjob/report -n payments
      "
    `)
  })
  it('counts unknowns even when there are none, and names no command when there is nothing to see', () => {
    expect(terminalReport(emptyOutcome, plain)).toBe('0 findings · 0 unknown · 0 resources read\n')
  })
  it('never calls a world well that is not known', () => {
    expect(terminalReport({ ...sample, findings: [] }, plain)).toContain('nothing is known to be broken, and not everything is known')
  })
  it('says one line a finding when quiet', () => {
    expect(`\n${terminalReport(sample, { ...plain, quiet: true })}`).toMatchInlineSnapshot(`
      "
      high[irsa/trust-does-not-match]: role s3-reader trusts reader in namespace default, not in payments (infra/iam.yaml:6:60)
      medium[irsa/trust-does-not-match]: role s3-reader trusts reader in namespace default, not in payments (iam:GetRole s3-reader .AssumeRolePolicyDocument.Statement[0].Condition.StringEquals["oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE:sub"])
      low[irsa/audience-missing]: service account payments/reader names no audience (k8s/reader.yaml:6:3)
      3 findings (1 high, 1 medium, 1 low) · 5 unknown · 1 input problem · 42
      resources read
      next: mortise explain cronjob/report -n payments
      "
    `)
  })
  it('is red only where something is broken', () => {
    const well = terminalReport(
      { ...sample, findings: [], joints: [{ joint: 'irsa', title: 't', holds: 1, broken: 0, unknown: 1 }], problems: [] },
      { color: true, width: 80 },
    )
    expect(well).not.toContain('\x1b[1;31m')
    expect(terminalReport(sample, { color: true, width: 80 })).toContain('\x1b[1;31m')
  })
  it('offers no command that a name from input could hide a shell in', () => {
    expect(terminalReport(hostile('deploy/a in b; rm -rf x'), plain)).not.toContain('next: mortise explain')
  })
})

describe('chainDrawing', () => {
  it('draws a link a line, with its place at the right', () => {
    expect(`\n${chainDrawing(brokenChain, plain)}\n`).toMatchInlineSnapshot(`
      "
      deploy/reader in payments · irsa · broken at link 6 of 7
        ✓ service account  payments/reader                       k8s/reader.yaml:4
        ✓ annotation       arn:aws:iam::111122223333:role/s3-    k8s/reader.yaml:7
                           reader
        – injection        no check yet
        – token            the pods have not started yet
        ✓ role             the role exists                       iam:GetRole s3-reader
        ✕ trust            the token says                        infra/iam.yaml:6
                           system:serviceaccount:payments:
                           reader
        – permissions      not asked
      "
    `)
  })
  it('says what would settle an unknown link', () => {
    expect(`\n${chainDrawing(unknownChain, plain)}\n`).toMatchInlineSnapshot(`
      "
      sts/ledger in payments · irsa · unknown at link 1 of 1
        ? provider  aws/iam/OpenIDConnectProvider: access denied (to settle it: allow
                    iam:GetOpenIDConnectProvider)
      "
    `)
  })
})
