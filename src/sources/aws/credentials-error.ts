import { UserError } from '#base/errors.ts'

const expired = /expired|ExpiredToken|RequestExpired|sso session .* invalid|refresh this SSO session|refresh token/i
const invalid = new Set([
  'InvalidClientTokenId',
  'InvalidAccessKeyId',
  'InvalidSignatureException',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
  'IncompleteSignature',
  'MissingAuthenticationToken',
  'MissingAuthenticationTokenException',
])

/**
 * The credentials cannot be found, have expired, or are not accepted: what the user does next. Undefined for any other error.
 * https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
 */
export function credentialsError(error: Error, profile: string | undefined): UserError | undefined {
  const named = profile ?? process.env['AWS_PROFILE'] ?? ''
  const login = named === '' ? 'aws sso login' : `aws sso login --profile ${named}`
  const said = error.message.split('\n')[0]?.trim() ?? ''
  const make = (code: string, message: string, help: string) => new UserError(code, message, { help, cause: error })
  const ofProvider = error.name === 'CredentialsProviderError' || error.name === 'TokenProviderError' || error.name === 'ProviderError'
  if (/^(ExpiredToken|ExpiredTokenException|RequestExpired|TokenRefreshRequired)$/.test(error.name) || (ofProvider && expired.test(said))) {
    return make('AWS_CREDENTIALS_EXPIRED', 'the AWS credentials have expired', `sign in again: ${login}`)
  }
  if (invalid.has(error.name)) {
    return make(
      'AWS_CREDENTIALS_INVALID',
      `AWS does not accept the credentials: ${said || error.name}`,
      `check them with aws sts get-caller-identity, or sign in again: ${login}`,
    )
  }
  if (!ofProvider) return undefined
  const who = named === '' ? 'there are no AWS credentials' : `profile ${named} gives no AWS credentials`
  const next =
    named === '' ? 'pass --profile, set AWS_PROFILE, or sign in' : 'aws configure list-profiles shows the profiles there are; to sign in'
  return make('AWS_CREDENTIALS_MISSING', `${who}: ${said}`, `${next}: ${login}`)
}
