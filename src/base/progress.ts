/** Long work tells how far it is; the surface decides whether to show it. */
export type Progress = (step: { readonly what: string; readonly done: number; readonly of?: number }) => void
