/** What came of one attempt to deliver; a failure is expected here, and says enough to act on without telling a secret. */
export type Sent =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly error: string;
      /** The least wait that the other side asked for; null: it asked for none. */
      readonly afterMs: number | null;
    };

export const SENT: Sent = { ok: true };

export const unsent = (error: string, afterMs: number | null = null): Sent => ({ ok: false, error, afterMs });
