export const accountMessage = 'an account is twelve digits, in quotes when the first is 0'

/**
 * The account that a document gives. Without quotes it is a number, and 012345670123 is an octal one, whose digits are lost:
 * only a number of twelve digits is certainly meant as it stands.
 */
export function accountText(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  return typeof value === 'number' && /^[1-9]\d{11}$/.test(String(value)) ? String(value) : undefined
}
