import type { Symptom } from '#joints/define-symptoms.ts'

const descriptor = 'https://github.com/aws/secrets-store-csi-driver-provider-aws/blob/main/provider/secret_descriptor.go'
const server = 'https://github.com/aws/secrets-store-csi-driver-provider-aws/blob/main/server/server.go'
const value = 'https://github.com/aws/secrets-store-csi-driver-provider-aws/blob/main/provider/secret_value.go'

const refused = (id: string, pattern: RegExp, cause: string, source = descriptor): Symptom => ({
  id,
  pattern,
  link: 'class',
  cause,
  source,
})

/** What the provider refuses of a SecretProviderClass, and of what is in a secret. */
export const classSymptoms: readonly Symptom[] = [
  refused(
    'object-type-missing',
    /Must use objectType when a full ARN is not specified: (?<object>\S{1,2048})/,
    'Object {object} is a name, so its objectType must say whether it is a secret or a parameter.',
  ),
  refused(
    'object-type-unknown',
    /Invalid objectType: (?<type>\S{1,200})/,
    'objectType is {type}, and must be secretsmanager or ssmparameter.',
  ),
  refused(
    'object-type-differs',
    /objectType does not match ARN: (?<object>\S{1,2048})/,
    'The ARN {object} is of another service than its objectType.',
  ),
  refused(
    'object-service-unknown',
    /Invalid service in ARN: (?<service>\S{0,200})/,
    'An ARN is of service {service}; only secretsmanager and ssm can be mounted.',
  ),
  refused('object-arn-malformed', /Invalid ARN format in object name: (?<object>\S{1,2048})/, '{object} begins like an ARN and is none.'),
  refused(
    'object-region-differs',
    /ARN region must match region (?<region>[\w-]{1,40}): (?<object>\S{1,2048})/,
    'The ARN {object} is of another region than {region}, which the class or the node names.',
  ),
  refused('object-name-missing', /Object name must be specified/, 'An object has no objectName.'),
  refused(
    'object-name-twice',
    /found descriptor with duplicate object name (?<object>[^\s,]{1,2048})/,
    'Object {object} is named twice, and no alias or version label tells the two apart.',
  ),
  refused(
    'value-alias-taken',
    /Name already in use for objectAlias: found duplicate object alias (?<alias>\S{1,300})/,
    'The alias {alias} of a JMESPath entry is that of another file.',
  ),
  refused('alias-twice', /found duplicate object alias (?<alias>\S{1,300})/, 'Two objects have the alias {alias}.'),
  refused(
    'path-leads-up',
    /path can not contain \.\.\/: (?<object>\S{1,2048})/,
    'The file of {object} would leave the mount, since slashes are not translated.',
  ),
  refused(
    'file-permission-invalid',
    /Invalid File Permission: (?<permission>\S{1,40})/,
    'filePermission {permission} is not four octal digits in quotes, like "0644".',
  ),
  refused('value-path-missing', /Path must be specified for JMES object/, 'An entry of jmesPath has no path.'),
  refused('value-alias-missing', /Object alias must be specified for JMES object/, 'An entry of jmesPath has no objectAlias.'),
  refused(
    'versions-and-label',
    /ssm parameters can not specify both objectVersion and objectVersionLabel: (?<object>\S{1,2048})/,
    'Parameter {object} has a version and a label, and takes one of them.',
  ),
  refused(
    'failover-region-same',
    /(?<region>[a-z]{2}(?:-[a-z]{1,12}){1,3}-\d): failover region cannot be the same as the primary region/,
    'failoverRegion is {region}, which is the region itself.',
    server,
  ),
  refused(
    'failover-region-missing',
    /failover object allowed only when failover region is defined: (?<object>\S{1,2048})/,
    'Object {object} has a failoverObject, and the class has no failoverRegion.',
  ),
  refused(
    'failover-alias-missing',
    /object alias must be specified for objects with failover entries: (?<object>\S{1,2048})/,
    'Object {object} has a failoverObject and no objectAlias, which names the file of both.',
  ),
  refused(
    'failover-versions-differ',
    /object versions must match between primary and failover regions: (?<object>\S{1,2048})/,
    'Object {object} has another objectVersion in its failoverObject.',
  ),
  refused(
    'translation-invalid',
    /pathTranslation must be either 'False' or a single character string/,
    'pathTranslation is neither False nor one character.',
  ),
  refused('pod-identity-flag-invalid', /failed to parse usePodIdentity value/, 'usePodIdentity is neither "true" nor "false".', server),
  refused('object-empty', /Empty descriptor entry in SecretProviderClass/, 'The list of objects has an empty entry.'),
  refused(
    'objects-unreadable',
    /Failed to load SecretProviderClass: (?<reason>[^\n]{1,400})/,
    'The text in parameters.objects is not a YAML list of objects: {reason}.',
  ),
  refused(
    'request-unreadable',
    /failed to unmarshal (?<what>attributes|file permission|secrets), error: (?<reason>[^\n]{1,300})/,
    'The provider could not read the {what} that the driver sent it: {reason}.',
    server,
  ),
  refused('regions-too-many', /Max number of region\(s\) exceeded/, 'A class may name one region and one failover region.', server),
  {
    id: 'value-not-text',
    pattern: /Invalid JMES search result type for path:(?<path>[^\n]{1,300}?)\. ?Only string is allowed/,
    link: 'files',
    cause: 'What JMESPath {path} finds is no text; to_string({path}) makes one of a number.',
    source: value,
  },
  {
    id: 'value-path-invalid',
    pattern: /Invalid JMES Path: (?<path>[^\n]{1,300})/,
    link: 'files',
    cause: 'JMESPath {path} cannot be read: a key with a hyphen takes double quotes inside single ones.',
    source: value,
  },
  {
    id: 'value-not-found',
    pattern: /JMES Path - (?<path>[^\n]{1,300}?) for object alias - (?<alias>[^\n]{1,300}?) does not point to a valid object/,
    link: 'files',
    cause: 'The secret has nothing at JMESPath {path}, which is to become file {alias}.',
    source: value,
  },
  {
    id: 'secret-not-json',
    pattern: /Invalid JSON used with jmesPath in secret: (?<object>\S{1,2048})/,
    link: 'files',
    cause: 'Secret {object} is not a JSON text, so jmesPath can take nothing out of it.',
    source: value,
  },
  {
    id: 'file-name-has-slash',
    pattern: /pattern contains path separator/,
    link: 'files',
    cause: 'The name of a file has a slash in it, since pathTranslation is False, and the provider cannot write it.',
    source: server,
  },
]
