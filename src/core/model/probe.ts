/** A probe as it is asked on this router. */
export type AskedProbe = {
  /** As its witness is called: `ping 10.0.0.1 from net-a`. */
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
