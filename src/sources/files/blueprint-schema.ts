import { z } from 'zod'

/** A member that only says which of two things is meant. */
const text = (description: string) => z.string().min(1).describe(description)

const identity = z
  .enum(['pod-identity', 'irsa'])
  .describe('How pods get the role. When it is not said, Mortise chooses, and the plan says why.')

const read = z
  .string()
  .regex(/^(secret\/.+|parameter\/.+|s3\/[^/]+\/.+)$/, { error: issue => `${String(issue.input)} is nothing that can be read` })
  .describe("secret/NAME and parameter/NAME, of the cluster's account and region; s3/BUCKET/KEYS, objects by key, with * and ? as in IAM.")

const flow = z
  .string()
  .regex(/^(internet|\d+\.\d+\.\d+\.\d+\/\d+|\[[0-9a-fA-F:]+\/\d+\]|[^/:\s]+\/[^/:\s]+):\d{1,5}(\/(tcp|udp))?$/, {
    error: issue => `${String(issue.input)} is no flow`,
  })
  .describe(
    'PEER:PORT, with /udp after it for UDP. A peer is NAMESPACE/SERVICE-ACCOUNT, rds/NAME, aws/SERVICE, a block such as 10.0.0.0/16 or [fd00::/64], or internet.',
  )

const network = z.strictObject({
  from: z.array(flow).optional().describe('All that may reach its pods; left out, ingress is left as it is.'),
  to: z.array(flow).optional().describe('All that its pods may reach, DNS besides; left out, egress is left as it is.'),
  securityGroup: z
    .string()
    .regex(/^(own|sg-[0-9a-f]+)$/, { error: issue => `securityGroup is own or the id of a group, not ${String(issue.input)}` })
    .optional()
    .describe('own: a security group of its own, for security groups for pods; or the id of one that exists.'),
})

const workload = z.strictObject({
  pods: z
    .record(z.string(), z.string())
    .optional()
    .describe('Labels that all its pods have and no others of the namespace. Without them, those that its workloads in the cluster share.'),
  identity: identity.optional(),
  reads: z.array(read).optional(),
  mounts: z
    .record(z.string(), z.string().regex(/^\//, { error: 'a folder begins with /' }))
    .optional()
    .describe('Secrets by name, and the folder in which pods find each.'),
  network: network.optional(),
})

const storage = z.strictObject({
  class: text('The name of a StorageClass whose volumes are encrypted.'),
  key: text('alias/NAME or the ARN of a key. Without it, the key of the account for EBS.').optional(),
  default: z.boolean().optional().describe('Whether claims that name no class get this one.'),
  accountDefault: z.boolean().optional().describe('EBS encryption by default, of the whole account in the region.'),
})

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const retentionDays = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]
const retention = z.enum(retentionDays.map(days => `${days}d`))

const logs = z.strictObject({
  insights: z.boolean().optional().describe('The add-on amazon-cloudwatch-observability, with an identity that may do its work.'),
  retention: retention.optional().describe("How long the cluster's log groups keep events."),
  controlPlane: z
    .array(z.enum(['api', 'audit', 'authenticator', 'controllerManager', 'scheduler']))
    .optional()
    .describe('Logs of the control plane that are on; others are left as they are.'),
  key: text("alias/NAME or the ARN of the key of the cluster's log groups.").optional(),
})

const detection = z.strictObject({ guardduty: z.array(z.enum(['audit-logs', 'runtime'])) })

const nodes = z.strictObject({
  imds: z.strictObject({
    hopLimit: z.int().min(1).max(64).describe('1 keeps IMDS from pods that are not on the network of their node.'),
    tokens: z.enum(['required', 'optional']).describe('required: IMDSv2 alone.'),
  }),
})

const access = z.strictObject({
  groups: z.array(z.string().min(1)).optional().describe('Groups of Kubernetes.'),
  policies: z
    .record(z.string(), z.union([z.literal('cluster'), z.array(z.string().min(1)).min(1)]))
    .optional()
    .describe('EKS access policies by name, and the namespaces that each is for; cluster: the whole of it.'),
})

/** A blueprint as it stands in the file. `docs/schemas/blueprint.schema.json` is made from it. */
export const blueprintSchema = z.strictObject({
  cluster: text('The name of the EKS cluster.'),
  workloads: z
    .record(z.string().regex(/^[^/]+\/[^/]+$/, { error: issue => `${String(issue.input)} names no service account` }), workload)
    .optional()
    .describe('Service accounts, as namespace/name, and what the pods that run as them need.'),
  storage: storage.optional(),
  logs: logs.optional(),
  detection: detection.optional(),
  nodes: nodes.optional(),
  access: z
    .record(z.string().regex(/^arn:/, { error: issue => `${String(issue.input)} is no ARN` }), access)
    .optional()
    .describe('Access entries of the cluster, by the ARN of the principal.'),
  authenticationMode: z
    .literal('API_AND_CONFIG_MAP')
    .optional()
    .describe(
      'Lets access entries count beside aws-auth. EKS has no way back from it, so entries of a cluster that has aws-auth alone need it said.',
    ),
})

export type BlueprintFile = z.infer<typeof blueprintSchema>
