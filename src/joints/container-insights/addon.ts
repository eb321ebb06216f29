import type { Resource } from '#model/resource.ts'

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/install-CloudWatch-Observability-EKS-addon.html */
export const addonName = 'amazon-cloudwatch-observability'

export const isObservability = ({ body }: Resource<'aws/eks/Addon'>): boolean => body.addonName === addonName
