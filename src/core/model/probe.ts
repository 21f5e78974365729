/** A probe as this router runs it. */
export type AskedProbe = {
  /** The name of its witness: `ping 10.0.0.1 from net-a`. */
  readonly subject: string
  readonly required: boolean
} & (
  | { readonly kind: 'ping'; readonly address: string; readonly link: string }
  | {
      readonly kind: 'prefix'
      /** Canonical, without host bits. */
      readonly prefix: string
      readonly neighbor: string
      readonly vrf: string | null
    }
)
