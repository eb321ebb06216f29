import { defineSymptoms } from '#joints/define-symptoms.ts'
import { denials } from './symptoms-denied.ts'
import { sdkSymptoms } from './symptoms-sdk.ts'
import { tokenExchange } from './symptoms-token.ts'

/** Texts of the exchange of a token for credentials, of AWS's refusals, and of SDKs that found nothing to exchange. */
export default defineSymptoms('irsa', [...tokenExchange, ...denials, ...sdkSymptoms], { ofAnyPod: true })
