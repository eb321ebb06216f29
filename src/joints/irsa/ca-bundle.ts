import { X509Certificate } from 'node:crypto'

/**
 * Why the API server cannot trust a webhook's certificate by this bundle, in a few words; undefined when it can. A bundle is base64 of PEM, and one
 * certificate in it that is valid now is enough.
 */
export function caBundleFault(caBundle: string, readAt: string): string | undefined {
  const certificates = certificatesIn(caBundle)
  if (certificates === undefined) return 'this is not base64 of PEM certificates'
  const now = Date.parse(readAt)
  if (certificates.some(certificate => Date.parse(certificate.validFrom) <= now && now <= Date.parse(certificate.validTo))) return undefined
  const last = Math.max(...certificates.map(certificate => Date.parse(certificate.validTo)))
  if (last < now) return `its certificate expired on ${dayOf(last)}`
  return `its certificate is not valid before ${dayOf(Math.min(...certificates.map(certificate => Date.parse(certificate.validFrom))))}`
}

/** When the last certificate of a bundle expires, milliseconds since 1970; undefined when there is none in it. */
export function caBundleEnd(caBundle: string): number | undefined {
  const ends = certificatesIn(caBundle)?.map(({ validTo }) => Date.parse(validTo))
  return ends && Math.max(...ends)
}

const pem = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** Blocks that cannot be parsed are passed over, as the API server does. */
function certificatesIn(caBundle: string): readonly X509Certificate[] | undefined {
  if (!/^[A-Za-z0-9+/=\s]+$/.test(caBundle)) return undefined
  const blocks = Buffer.from(caBundle, 'base64').toString('latin1').match(pem) ?? []
  const certificates = blocks.flatMap(block => {
    try {
      return [new X509Certificate(block)]
    } catch {
      return []
    }
  })
  return certificates.length === 0 ? undefined : certificates
}

export const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10)
