/** What the first process and its members tell each other, as JSON. Settings hold secrets: they go no other way. */
export type ToMember =
  | { readonly kind: 'start'; readonly settings: unknown }
  | { readonly kind: 'ask'; readonly id: number; readonly question: Question }
  | { readonly kind: 'stop' }

export type Question =
  | { readonly about: 'report' }
  | { readonly about: 'baseline'; readonly token: string }

export type FromMember =
  | { readonly kind: 'running' }
  | {
      readonly kind: 'health'
      readonly name: string
      readonly isHealthy: boolean
      readonly detail: string
    }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: unknown }
