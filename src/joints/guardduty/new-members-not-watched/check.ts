import { defineCheck } from '#joints/define.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import type { FeatureName } from '../detector.ts'

type Configuration = Resource<'aws/guardduty/OrganizationConfiguration'>

/** What this joint is about; of runtime monitoring the current name or the older one. */
const plans: readonly (readonly FeatureName[])[] = [['EKS_AUDIT_LOGS'], ['RUNTIME_MONITORING', 'EKS_RUNTIME_MONITORING']]

export default defineCheck({
  id: 'guardduty/new-members-not-watched',
  title: 'Accounts that join the organization come without GuardDuty, or without what watches EKS',
  severity: 'medium',
  since: '0.1.0',
  subject: 'aws/guardduty/OrganizationConfiguration',
  reads: [],
  sources: [
    'https://docs.aws.amazon.com/guardduty/latest/APIReference/API_DescribeOrganizationConfiguration.html',
    'https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_organizations.html',
  ],

  test({ subject: configuration }) {
    const members = membersOf(configuration)
    if (members === undefined) return skip('it was not told what becomes of new members')
    const off = members.isOn ? plans.flatMap(names => planOff(configuration, names) ?? []) : [members]
    const [first, ...others] = off
    if (first === undefined) return pass(members.at('GuardDuty and its plans for EKS are switched on for new members'))
    const names = off.map(({ name }) => name)
    const features = members.isOn ? names : ['EKS_AUDIT_LOGS', 'RUNTIME_MONITORING']
    return fail({
      message: `accounts that join the organization come without ${names.join(' or ')}: detector ${configuration.body.DetectorArn} administers it`,
      evidence: [first.at('it is switched on for no new member'), ...others.map(one => one.at('nor is this'))],
      effect: 'In a new account it stays off for every cluster, and nobody is told, until somebody switches it on there by hand.',
      help: `aws guardduty update-organization-configuration --detector-id ${configuration.body.DetectorArn.split('/')[1]} --auto-enable-organization-members NEW --features ${features.map(name => `Name=${name},AutoEnable=NEW`).join(' ')}: ALL in place of NEW takes in the members of today. GuardDuty charges for every account.`,
    })
  },
})

interface Setting {
  readonly name: string
  readonly isOn: boolean
  at(label: string): Evidence
}

/** Of GuardDuty itself; undefined when neither the field nor the older one is told. */
function membersOf(configuration: Configuration): Setting | undefined {
  const { AutoEnableOrganizationMembers: current, AutoEnable: older } = configuration.body
  const field = current === undefined ? 'AutoEnable' : 'AutoEnableOrganizationMembers'
  if (current === undefined && older === undefined) return undefined
  return {
    name: 'GuardDuty',
    isOn: current === undefined ? older === true : current !== 'NONE',
    at: label => configuration.at([field], label),
  }
}

/** A plan under none of whose names it is switched on for new members; undefined when it is, or the region offers none. */
function planOff(configuration: Configuration, names: readonly FeatureName[]): Setting | undefined {
  const features = (configuration.body.Features ?? []).flatMap(({ Name, AutoEnable }, index) =>
    names.some(name => name === Name) && AutoEnable !== undefined ? [{ name: Name as FeatureName, AutoEnable, index }] : [],
  )
  if (features.some(({ AutoEnable }) => AutoEnable !== 'NONE')) return undefined
  const named = names.flatMap(name => features.find(feature => feature.name === name) ?? [])[0]
  return named && { name: named.name, isOn: false, at: label => configuration.at(['Features', named.index, 'AutoEnable'], label) }
}
