import { allChecks as checks, joints as every } from '#joints/all.ts'

export const allChecks = (): readonly string[] => checks.map(check => check.id)
export const joints = (): readonly string[] => every.map(joint => joint.id)
