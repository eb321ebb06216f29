import { isRefusal, jsonAnswer } from './answers.ts'
import type { Handler } from './request.ts'

/** eks:ListFargateProfiles: ministack does not know it, and no cluster of the lab has one. */
export const fargateProfiles: Handler = {
  operation: 'eks:ListFargateProfiles',
  matches: ({ service, method, path }) => service === 'eks' && method === 'GET' && /^\/clusters\/[^/]+\/fargate-profiles$/.test(path),
  async answer(request, upstream) {
    const answer = await upstream(request)
    return isRefusal(answer) ? answer : jsonAnswer({ fargateProfileNames: [] })
  },
}
