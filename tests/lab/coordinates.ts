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
}

export interface AwsCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}
