/** Where a running lab is and how to speak to it: plain data, so that it can cross processes and test workers. */
export interface LabCoordinates {
  readonly name: string
  readonly runDirectory: string
  /** Path of a kubeconfig whose user is in system:masters. */
  readonly kubeconfig: string
  /** Base URL of the API server, `https://127.0.0.1:<port>`. */
  readonly apiServer: string
  /** Path of the PEM bundle that verifies the API server, the webhook included. */
  readonly certificateAuthority: string
  /** What the cluster's tokens name as `iss`, and EKS as the cluster's issuer. */
  readonly issuer: string
  /** Base URL of the gateway: the value for `AWS_ENDPOINT_URL`. */
  readonly awsEndpoint: string
  /** Base URL of ministack behind the gateway; for looking at the emulator itself. */
  readonly emulatorEndpoint: string
  readonly accountId: string
  readonly region: string
  readonly clusterName: string
  /** The root user of the account. */
  readonly adminCredentials: AwsCredentials
  /** Base URL of the admission webhook, whether or not it is installed in the cluster. */
  readonly webhook: string
  /** Bearer tokens of the cluster's static users, by user name. */
  readonly userTokens: Readonly<Record<string, string>>
  /** Path of the PEM private key that signs service account tokens. */
  readonly signingKey: string
  /** The node, where the lab was started with one. */
  readonly node?: NodeCoordinates | undefined
}

/** Where the lab's node is. It and its pods are in a network of their own, which this machine reaches and no other does. */
export interface NodeCoordinates {
  readonly name: string
  /** The node's address, `10.99.N.2`. */
  readonly address: string
  /** This machine's address for the node and its pods, `10.99.N.1`. */
  readonly hostAddress: string
  /** `10.245.N.0/24`. */
  readonly podNetwork: string
  /** The gateway as pods reach it; containers of the lab's images have it as AWS_ENDPOINT_URL. */
  readonly awsEndpoint: string
  /** The kubelet's /var/lib/kubelet, as this machine sees its files. */
  readonly kubeletDirectory: string
  /** A process in the node's network and mount namespaces, for `nsenter --target`. */
  readonly namespacesOf: number
}

export interface AwsCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}
