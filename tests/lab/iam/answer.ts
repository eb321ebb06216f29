const refusals = new Set(['AccessDenied', 'AccessDeniedException', '403'])

/** What a call of the SDK says about permission; any other failure is thrown. */
export async function answerOf(call: () => Promise<unknown>): Promise<'allowed' | 'denied'> {
  try {
    await call()
    return 'allowed'
  } catch (error) {
    const { name, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } }
    // The answer to HEAD has no body that could name the refusal.
    if (refusals.has(name) || ((name === 'Forbidden' || name === 'Unknown') && $metadata?.httpStatusCode === 403)) return 'denied'
    throw error
  }
}
