import { Command, CommanderError } from 'commander'
import { addAccess } from './access.ts'
import { addApply, addUndo } from './apply.ts'
import { addCan } from './can.ts'
import { addChecks } from './checks.ts'
import { addCollect } from './collect.ts'
import { addCompletion } from './completion.ts'
import { addDiagnose } from './diagnose.ts'
import { reportError } from './errors.ts'
import { exitCode, type Finish } from './exit-code.ts'
import { addExplain } from './explain.ts'
import { addInit } from './init.ts'
import { addPermissions } from './permissions.ts'
import { addPlan } from './plan.ts'
import { addReach } from './reach.ts'
import { addScan } from './scan.ts'
import { addValidate } from './validate.ts'
import { version } from './version.ts'
import { addWhoCan } from './who-can.ts'
import { sizeYoungGeneration } from './young-generation.ts'

/** The whole command line. Commands load what they need when they run, so that help is quick. */
export function program(finish: Finish): Command {
  const mortise = new Command('mortise')
    .description('Proves the joints between AWS security controls and Kubernetes security controls on Amazon EKS.')
    .version(version(), '--version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .showSuggestionAfterError()
    .enablePositionalOptions()
    .addHelpText('after', examples)
    .hook('preAction', sizeYoungGeneration)
  addScan(mortise, finish)
  addExplain(mortise, finish)
  addDiagnose(mortise, finish)
  addCollect(mortise)
  addCan(mortise, finish)
  addWhoCan(mortise, finish)
  addAccess(mortise, finish)
  addReach(mortise, finish)
  addValidate(mortise, finish)
  addInit(mortise, finish)
  addPlan(mortise, finish)
  addApply(mortise, finish)
  addUndo(mortise, finish)
  addChecks(mortise)
  addPermissions(mortise)
  addCompletion(mortise)
  for (const command of [mortise, ...mortise.commands]) command.exitOverride()
  return mortise
}

const examples = `
Examples:
  mortise scan --context prod --profile prod     a live cluster and its account
  mortise scan ./k8s ./aws                       folders of manifests and saved AWS answers
  mortise explain deploy/reader -n payments      one workload's chains, link by link
  mortise diagnose pod/reader-7d4 -n payments    from a symptom to the one broken link
  mortise who-can kms:Decrypt alias/payments     everyone who reaches a key, and how
  mortise reach deploy/web deploy/api -n shop    whether one reaches the other, layer by layer
  mortise checks irsa/role-missing               what a check means and how to fix it

Exit codes: 0 nothing found, 1 findings, 2 could not do the job, 3 incomplete (with --require-complete)`

/** Runs one command line and gives its exit code. */
export async function run(args: readonly string[]): Promise<number> {
  let code: number = exitCode.done
  const mortise = program(told => {
    code = told
  })
  try {
    if (args.length === 0) {
      mortise.outputHelp()
      return exitCode.done
    }
    await mortise.parseAsync([...args], { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.done : exitCode.failed
    return reportError(error)
  }
}
