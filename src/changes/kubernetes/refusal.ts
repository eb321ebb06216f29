import { RemoteError } from '#base/errors.ts'

/** An answer that is no success, in the API server's words. `of`: the object that was asked about. */
export function refused(operation: string, status: number, text: string, of?: string): RemoteError {
  return new RemoteError(`${operation}${of === undefined ? '' : ` ${of}`}: ${messageOf(text)}`, {
    service: 'kubernetes',
    operation,
    status,
    code: status === 403 ? 'Forbidden' : `Status${status}`,
    retryable: status === 429 || status >= 500,
  })
}

export function messageOf(text: string): string {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && 'message' in value ? String(value.message) : text
  } catch (error) {
    if (error instanceof SyntaxError) return text.slice(0, 200)
    throw error
  }
}
