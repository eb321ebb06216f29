import fc from 'fast-check'
import { expect, test } from 'vitest'
import { withoutSecretSettings } from './secret-settings.ts'

const hide = (text: string) => withoutSecretSettings(text, '(redacted)')

test.each([
  ['    HTTP_Passwd hunter2', '    HTTP_Passwd (redacted)'],
  [
    '    AWS_Auth On\n    HTTP_User  reader\n    http_passwd  hunter2\n',
    '    AWS_Auth On\n    HTTP_User  reader\n    http_passwd  (redacted)\n',
  ],
  ['api_key=hunter2', 'api_key=(redacted)'],
  ['{"password":"hunter, 2","region":"eu-west-1"}', '{"password":"(redacted)","region":"eu-west-1"}'],
  ["splunk-token: 'hunter2'", "splunk-token: '(redacted)'"],
  ['license_key hunter2', 'license_key (redacted)'],
  ['client_secret = hunter2 # comment', 'client_secret = (redacted) # comment'],
])('%j hides its value', (text, expected) => {
  expect(hide(text)).toBe(expected)
})

test.each([
  // https://docs.fluentbit.io/manual/pipeline/filters/kubernetes and what kube-proxy and CoreDNS are configured by
  'Kube_Token_File /var/run/secrets/kubernetes.io/serviceaccount/token',
  'bearer_token /var/run/token',
  'password ${DB_PASSWORD}',
  'Merge_Log_Key log_processed',
  'log_group_name /aws/containerinsights/prod/application',
  'auto_create_group true',
  'secretName: db',
  '- rolearn: arn:aws:iam::111122223333:role/token\n  groups: [system:masters]',
  'forward . /etc/resolv.conf',
  'mode: "ipvs"',
])('%j stays as it is', text => {
  expect(hide(text)).toBe(text)
})

test('once is as good as twice, for any text', () => {
  const word = fc.constantFrom('password', ' ', ':', '=', '"', "'", 'a', '\n', ',', '{', 'token', '$', '/')
  fc.assert(
    fc.property(fc.array(word, { maxLength: 40 }), words => {
      const once = hide(words.join(''))
      expect(hide(once)).toBe(once)
    }),
  )
})
