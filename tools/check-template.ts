/** The files of a new check's folder. check.ts compiles and skips everything, so that the fixture runner says what is still missing. */
export function checkTemplate(id: string, version: string): Readonly<Record<string, string>> {
  return {
    'check.ts': check(id, version),
    'docs.md': docs,
    'fail.yaml': fixture(`The smallest world in which ${id} fires, and nothing else of its joint does.`),
    'pass.yaml': fixture(`The same world, mended. It holds only what ${id} reads: whatever is taken away must turn the pass into unknown.`),
  }
}

const check = (id: string, version: string): string => `import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'

export default defineCheck({
  id: '${id}',
  // What is wrong when it fires, a sentence without its full stop.
  title: '',
  severity: 'high',
  since: '${version}',
  // A kind, or 'workload'.
  subject: 'k8s/ServiceAccount',
  // The other kinds that \`test\` looks at; asking the world for one that is not here does not compile.
  reads: ['aws/iam/Role'],
  // The AWS or Kubernetes page that states the rule.
  sources: [],

  test({ subject, world }) {
    const arn = subject.body.metadata.annotations?.['eks.amazonaws.com/role-arn']
    if (arn === undefined) return skip('the service account names no role')

    // undefined means that a source looked and there is none; what nobody could read throws, and the verdict is unknown.
    const role = world.find('aws/iam/Role', arn)
    if (role !== undefined) return pass(role.at(['Arn'], 'why this proves it, in a few words'))

    return fail({
      message: 'both ends and the broken edge, in lower case, no full stop',
      evidence: [subject.at(['metadata', 'annotations', 'eks.amazonaws.com/role-arn'], 'the place that decides comes first')],
      effect: 'What stops working because of it, a sentence.',
      help: 'What a person does next, a sentence; better still, a fix as data.',
    })
  },
})
`

const docs = `## Why it matters

<!-- What stops working, and which error people see. -->

## When this is fine

<!-- When someone should leave it as it is. -->

## Fix it by hand

<!-- Commands that a person can paste, on both sides. -->
`

const fixture = (purpose: string): string => `# ${purpose}
kind: mortise/World
version: 1
cluster: prod
# The kinds that were read in full: what is not below then does not exist.
read: [k8s/ServiceAccount, aws/iam/Role]
`
