import { setting, targetOf } from '#model/change.ts'
import type { Resource } from '#model/resource.ts'
import type { Fix } from '#model/verdict.ts'
import { createPods, type IdentityWebhook } from './webhook-configuration.ts'

/**
 * What follows from a webhook that does not work.
 * @param called the webhook that the API server calls in vain; undefined when it calls none
 */
export const effectOf = (called: IdentityWebhook | undefined): string =>
  called !== undefined && (called.webhook.failurePolicy ?? 'Fail') === 'Fail'
    ? 'The API server refuses every new pod, because the call fails and failures of this webhook are not ignored.'
    : 'Pods are admitted without variables and token, and nothing says so. They get no AWS credentials, or those of their node.'

/** Makes the API server call the webhook for new pods. */
export function rulesFix({ configuration, path }: IdentityWebhook): Fix {
  const resource = configuration as unknown as Resource
  return {
    title: 'call it when pods are created',
    safe: false,
    changes: [
      {
        target: targetOf(resource),
        edit: setting(resource, [...path, 'rules'], [createPods]),
        permissions: ['patch mutatingwebhookconfigurations'],
        risk: 'New pods whose service account asks for a role get its identity.',
      },
    ],
  }
}
