/** The six parts of an ARN; the sixth keeps any further colons. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html */
export type ArnSegments = readonly string[]

/** Splits at the first five colons. Text with fewer colons gives fewer segments. */
export function arnSegments(text: string): ArnSegments {
  const segments: string[] = []
  let from = 0
  while (segments.length < 5) {
    const colon = text.indexOf(':', from)
    if (colon === -1) break
    segments.push(text.slice(from, colon))
    from = colon + 1
  }
  segments.push(text.slice(from))
  return segments
}

export interface Arn {
  readonly partition: string
  readonly service: string
  readonly region: string
  readonly account: string
  readonly resource: string
}

/** The parts by name, or undefined when the text is not an ARN of six parts. */
export function parseArn(text: string): Arn | undefined {
  const [prefix, partition, service, region, account, resource] = arnSegments(text)
  if (prefix !== 'arn' || partition === undefined || service === undefined || region === undefined) return undefined
  if (account === undefined || resource === undefined) return undefined
  return { partition, service, region, account, resource }
}

/** What stands after the last slash: the name of a role or user whatever its path. */
export function lastName(resource: string): string {
  return resource.slice(resource.lastIndexOf('/') + 1)
}
