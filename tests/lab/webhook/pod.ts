/** The parts of a pod that the webhook reads or writes; everything else is carried along. */
export interface Pod {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>>; readonly [field: string]: unknown }
  readonly spec: PodSpec
}

export interface PodSpec {
  readonly serviceAccountName?: string
  readonly nodeSelector?: Readonly<Record<string, string>>
  readonly volumes?: readonly Volume[]
  readonly initContainers?: readonly Container[]
  readonly containers: readonly Container[]
  readonly [field: string]: unknown
}

export interface Container {
  readonly name: string
  readonly env?: readonly { readonly name: string; readonly value?: string; readonly [field: string]: unknown }[]
  readonly volumeMounts?: readonly {
    readonly name: string
    readonly mountPath: string
    readonly [field: string]: unknown
  }[]
  readonly [field: string]: unknown
}

export interface Volume {
  readonly name: string
  readonly [source: string]: unknown
}

export interface PatchOperation {
  readonly op: 'add'
  readonly path: string
  readonly value: unknown
}
