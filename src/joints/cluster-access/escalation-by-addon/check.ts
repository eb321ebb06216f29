import { defineCheck } from '#joints/define.ts'
import { findAddonRoles } from '../addon-roles.ts'
import { escalationKinds, escalationVerdict } from '../escalation.ts'

export default defineCheck({
  id: 'cluster-access/escalation-by-addon',
  title: 'A role of an add-on may give its add-on other roles',
  severity: 'high',
  since: '0.1.0',
  subject: 'aws/iam/Role',
  reads: [...escalationKinds, 'aws/eks/Addon'],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/APIReference/API_UpdateAddon.html',
    'https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelastickubernetesservice.html',
    'https://docs.aws.amazon.com/eks/latest/userguide/add-ons-iam.html',
  ],

  test({ subject: role, world }) {
    const say = {
      way: 'may update its add-on and pass to it',
      effect: 'Whoever gets into one of its pods gives the add-on another role, and the next pod of it has that role.',
      help: 'Take eks:UpdateAddon away, or limit iam:PassRole by Resource to the roles that it must pass.',
    }
    return escalationVerdict(world, role, say, search => {
      findAddonRoles(world, search, role)
      return undefined
    })
  },
})
