import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { permissions as permissionsOf } from '#verbs/permissions.ts'
import { runMortise } from '../../e2e/run-mortise.ts'
import { describeLab } from '../shared-lab.ts'
import { eachAtOnce } from './each-at-once.ts'
import { healthySubjects, makeHealthyWorld } from './healthy-world.ts'
import { chainChecks, chainOnly, findingsOf, linksOf, reportOf, scanLive, type ScanReport, type Scanned } from './run-scan.ts'

interface Statement {
  readonly Sid: string
  readonly Effect: 'Allow'
  readonly Action: readonly string[]
  readonly Resource: string | readonly string[]
}

interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
}

/** What `mortise permissions --format json` prints. */
interface Permissions {
  readonly aws: { readonly Version: string; readonly Statement: readonly Statement[] }
  readonly kubernetes: { readonly metadata: { readonly name: string }; readonly rules: readonly Rule[] }
}

/**
 * The links that nothing can settle without the action. None: `eks:ListClusters` is for scans that name no cluster, and where
 * providers may not be listed, the one that the cluster's issuer would have is asked for by name. Instances and route tables are asked about clusters without a
 * public endpoint, and the account has no resource control policies to read.
 */
const settledBy: Readonly<Record<string, readonly string[]>> = {
  'ec2:DescribeInstances': [],
  'ec2:DescribeManagedPrefixLists': [],
  'ec2:DescribeNatGateways': [],
  'ec2:DescribeNetworkAcls': [],
  'ec2:DescribeNetworkInterfaces': [],
  'ec2:DescribeRouteTables': [],
  'ec2:DescribeSecurityGroupRules': [],
  'ec2:DescribeSecurityGroups': [],
  'ec2:DescribeSubnets': [],
  'ec2:DescribeVpcAttribute': [],
  'ec2:DescribeVpcEndpoints': ['network'],
  'ec2:DescribeVpcPeeringConnections': [],
  'ec2:DescribeVpcs': [],
  'ec2:GetManagedPrefixListEntries': [],
  'eks:DescribeCluster': ['service-account', 'issuer', 'provider', 'trust', 'guardrails', 'network'],
  'eks:ListClusters': [],
  'iam:GetAccountAuthorizationDetails': ['role', 'trust', 'guardrails', 'network'],
  'iam:GetOpenIDConnectProvider': ['provider'],
  'iam:ListOpenIDConnectProviders': [],
  'organizations:DescribeOrganization': ['guardrails'],
  'organizations:DescribePolicy': [],
  'organizations:ListParents': ['guardrails'],
  'organizations:ListPoliciesForTarget': ['guardrails'],
}

/** The kinds that a scan lists, as its ClusterRole names them. */
const kindsFor = (checks: readonly string[]) =>
  (permissionsOf({ checks }).kubernetes as Permissions['kubernetes']).rules.flatMap(({ apiGroups: [group = ''], resources }) =>
    resources.map(resource => ({ group, resource })),
  )
const kinds = kindsFor(chainChecks)

/** A user for each kind, and no other suite's. */
const firstOfKinds = 31

/** Kinds that settle nothing here: the lab's webhook selects no namespaces, as that of EKS, and nodes are asked about clusters without a public endpoint. */
const needless: ReadonlySet<string> = new Set(['namespaces', 'nodes'])
/** The lab's cluster names no VPC: the check of the way to STS has nothing to ask of what it alone reads. */
const spoken = kindsFor(chainChecks.filter(check => check !== 'irsa/sts-connection-denied')).filter(
  ({ resource }) => !needless.has(resource),
)

describeLab('a scan that may read only a part', lab => {
  const namespace = 'irsa-denied'
  const here = ` in ${namespace}`
  let undo: () => Promise<void>
  let permissions: Permissions
  let whole: ScanReport

  /** Other suites' namespaces are in the cluster, too. */
  const ours = ({ report }: Scanned): ScanReport => ({
    ...report,
    findings: report.findings.filter(({ subject, workloads }) => [subject.text, ...workloads].some(text => text.endsWith(here))),
    chains: report.chains.filter(({ subject }) => subject.endsWith(here)),
    unknowns: report.unknowns
      .map(group => ({ ...group, verdicts: group.verdicts.filter(({ subject }) => subject.endsWith(here) || !subject.includes(' in ')) }))
      .filter(({ verdicts }) => verdicts.length > 0),
  })

  beforeAll(async () => {
    await lab.installWebhook()
    undo = await makeHealthyWorld(lab, namespace)
    permissions = asTheLabTakesIt(reportOf<Permissions>(await runMortise(['permissions', '--format', 'json', ...chainOnly])))
    whole = ours(await scanLive(lab, []))
  })
  afterAll(async () => {
    await undo()
    await lab.removeWebhook()
  })

  const scanAs = async (statements: readonly object[]): Promise<ScanReport> => {
    const { credentials } = await lab.iamRole(statements)
    return ours(await scanLive(lab, [], { credentials }))
  }

  /** A user of the cluster that may do what the rules say. */
  async function kubeconfigWith(user: string, rules: readonly Rule[]): Promise<string> {
    const name = `irsa-denied-${user}`
    const apiVersion = 'rbac.authorization.k8s.io/v1'
    const role = { apiVersion, kind: 'ClusterRole', metadata: { name }, rules }
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name }
    const binding = { apiVersion, kind: 'ClusterRoleBinding', metadata: { name }, roleRef, subjects: [{ kind: 'User', name: user }] }
    await lab.kubectlApply(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [role, binding] }))
    return lab.kubeconfigFor(user)
  }

  test('knows all of a world that it may read whole', () => {
    expect(findingsOf(whole)).toEqual([])
    expect(whole.unknowns).toEqual([])
    expect(whole.chains.map(({ subject, state }) => `${subject} ${state}`).sort()).toEqual(
      healthySubjects.map(subject => `${subject}${here} holds`),
    )
  })

  test('needs nothing beyond what `mortise permissions` prints, on both sides', async () => {
    const { credentials } = await lab.iamRole(permissions.aws)
    const kubeconfig = await kubeconfigWith('user-11', permissions.kubernetes.rules)
    const least = ours(await scanLive(lab, [], { credentials, kubeconfig }))
    expect(least.unknowns).toEqual([])
    expect(least.chains).toEqual(whole.chains)
  })

  describe('nothing at all', () => {
    let blind: Scanned

    beforeAll(async () => {
      const { credentials } = await lab.iamRole()
      const kubeconfig = await lab.kubeconfigFor('user-12')
      blind = await scanLive(lab, ['--require-complete'], { credentials, kubeconfig }, [0, 3])
    })

    test('neither passes nor finds anything', () => {
      expect(linksOf(blind.report, 'pass')).toEqual([])
      expect(findingsOf(blind.report)).toEqual([])
    })

    test('and says so', () => {
      expect(blind.report.unknowns).not.toEqual([])
      expect(blind.ran.code).toBe(3)
    })
  })

  describe('of the account', () => {
    const without = (...actions: readonly string[]) =>
      permissions.aws.Statement.map(statement => ({
        ...statement,
        Action: statement.Action.filter(action => !actions.includes(action)),
      })).filter(({ Action }) => Action.length > 0)

    test('passes no link that needs the one action that is denied, and names it', async () => {
      const actions = permissions.aws.Statement.flatMap(({ Action }) => Action)
      expect(actions.toSorted()).toEqual(Object.keys(settledBy))
      const reports = await eachAtOnce(2, actions, action => scanAs(without(action)))
      for (const [index, action] of actions.entries()) {
        const report = reports[index] as ScanReport
        const links = settledBy[action] ?? []
        expect(findingsOf(report), action).toEqual([])
        expect(linksOf(report, 'pass'), action).toEqual(
          linksOf(whole, 'pass').filter(pass => !links.some(link => pass.endsWith(`: ${link}`))),
        )
        expect(unknownLinks(report), action).toEqual(links)
        const named = report.unknowns.every(({ settle }) => settle?.by === 'iam' && settle.action === action)
        expect(named, `${action}: ${JSON.stringify(report.unknowns)}`).toBe(true)
      }
      // A scan for each action.
    }, 300_000)

    test.for([['iam:ListRoles'], ['iam:GetRole']] as const)(
      'settles the same with %s where the authorization details are denied',
      async ([fallback]) => {
        const statements = [...without('iam:GetAccountAuthorizationDetails'), { Effect: 'Allow', Action: fallback, Resource: '*' }]
        const report = await scanAs(statements)
        expect(report.unknowns).toEqual([])
        expect(report.chains).toEqual(whole.chains)
      },
    )

    test('takes an explicit deny for what it is, whatever else is allowed', async () => {
      const report = await scanAs([
        { Effect: 'Allow', Action: '*', Resource: '*' },
        { Effect: 'Deny', Action: ['iam:GetAccountAuthorizationDetails', 'iam:ListRoles', 'iam:GetRole'], Resource: '*' },
      ])
      expect(findingsOf(report)).toEqual([])
      expect(unknownLinks(report)).toEqual(['role', 'trust', 'guardrails', 'network'])
    })
  })

  describe('of the cluster', () => {
    let reports: ReadonlyMap<string, ScanReport>

    beforeAll(async () => {
      const { rules } = permissions.kubernetes
      const scans = await eachAtOnce(2, kinds, async ({ resource }, index) => {
        const kept = rules.map(rule => ({ ...rule, resources: rule.resources.filter(name => name !== resource) }))
        const kubeconfig = await kubeconfigWith(
          `user-${firstOfKinds + index}`,
          kept.filter(({ resources: names }) => names.length > 0),
        )
        return [resource, ours(await scanLive(lab, [], { kubeconfig }))] as const
      })
      reports = new Map(scans)
    })

    test.for(kinds)('finds nothing and passes nothing more without $resource', ({ resource }) => {
      const report = reports.get(resource) as ScanReport
      expect(findingsOf(report)).toEqual([])
      expect(linksOf(report, 'pass').length).toBeLessThanOrEqual(linksOf(whole, 'pass').length)
      const known = new Set(whole.chains.map(({ subject }) => subject))
      const sameSubjects = linksOf(report, 'pass').filter(pass => known.has(pass.slice(0, pass.lastIndexOf(': '))))
      expect(sameSubjects.filter(pass => !linksOf(whole, 'pass').includes(pass))).toEqual([])
    })

    const named = ({ group, resource }: (typeof kinds)[number]) => {
      const rule = `allow list ${resource}${group === '' ? '' : `.${group}`}`
      expect(reports.get(resource)?.unknowns.map(({ settle }) => settle?.text)).toContain(rule)
    }
    test.for(spoken)('names the rule for $resource that is missing', named)
    test.for([...needless])('knows the same without %s', resource => {
      expect(reports.get(resource)?.unknowns).toEqual([])
      expect(reports.get(resource)?.chains).toEqual(whole.chains)
    })
  })
})

/** ministack judges iam:GetOpenIDConnectProvider on `*`, not on the provider, which a policy narrowed to providers cannot allow. */
function asTheLabTakesIt({ aws, kubernetes }: Permissions): Permissions {
  const taken = aws.Statement.map(statement =>
    statement.Action.includes('iam:GetOpenIDConnectProvider') ? { ...statement, Resource: '*' } : statement,
  )
  return { aws: { ...aws, Statement: taken }, kubernetes }
}

const unknownLinks = ({ chains }: ScanReport): readonly string[] => [
  ...new Set(chains.flatMap(({ links }) => links.filter(({ verdict }) => verdict === 'unknown').map(({ id }) => id))),
]
