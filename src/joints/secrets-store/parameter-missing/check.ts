import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { overWanted, storedKinds, wantedEvidence } from '../over-wanted.ts'
import { parameterOf } from '../stored.ts'

export default defineCheck({
  id: 'secrets-store/parameter-missing',
  title: 'Pods mount a parameter that does not exist in the region where it is looked for',
  severity: 'critical',
  since: '0.1.0',
  subject: 'workload',
  reads: storedKinds,
  sources: [
    'https://github.com/aws/secrets-store-csi-driver-provider-aws/blob/main/provider/parameter_store_provider.go',
    'https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html',
  ],

  test({ subject: workload, world }) {
    return overWanted(world, workload, (wanted, home, taken) => {
      if (wanted.object.type !== 'ssmparameter') return skip('it mounts no parameter')
      const { name, region, version } = wanted
      const parameter = parameterOf(world, wanted, home)
      const latest = parameter?.body.Version
      const isPast = version !== undefined && latest !== undefined && Number(version) > latest
      if (parameter !== undefined && !isPast) return pass(parameter.at(['Name'], 'the parameter that the class names'))
      const asked = version === undefined ? name : `${name}:${version}`
      const what =
        parameter === undefined
          ? `parameter ${name}, which does not exist in ${region}`
          : `version ${version ?? ''} of parameter ${name}, whose latest is ${latest ?? ''}`
      return fail({
        message: `${workload.name} mounts ${what}`,
        evidence: [
          wantedEvidence(
            taken,
            wanted,
            parameter === undefined ? `no such parameter in ${region}` : 'asks for a version that is not there',
          ),
          ...(parameter === undefined || latest === undefined ? [] : [parameter.at(['Version'], 'the latest version')]),
        ],
        effect: `The pods wait in ContainerCreating, with all that the class mounts: ${region}: invalid parameters: ${asked}.`,
        help: `Make the parameter in ${region}, or correct its name or version in SecretProviderClass ${taken.secretProviderClass.body.metadata.name}; names of a folder begin with a slash.`,
      })
    })
  },
})
