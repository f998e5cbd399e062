/** Where a mailbox stands, as the server says. */
export interface Place {
  readonly uidvalidity: number;
  readonly uidnext: number;
  readonly messages: number;
}

/** Up to where the trigger agent was told. */
export interface Told {
  readonly device: string;
  readonly uidvalidity: number;
  readonly uidnext: number;
}

/**
 * What a look at a mailbox means. `news`: mail from UID `from` on. `all`: everything in it is new for the device, or may be: the
 * mailbox was never looked at for it, or was numbered anew. `backwards`: UIDNEXT fell, which no server may let happen (RFC 9051
 * 2.3.1.1): it rings nobody, and what comes later is counted from there.
 */
export type Meaning =
  | { readonly kind: 'nothing' | 'backwards' }
  | { readonly kind: 'all'; readonly why: 'first' | 'renumbered' }
  | { readonly kind: 'news'; readonly from: number };

/** Pure. */
export function compare(told: Told | undefined, device: string, now: Place): Meaning {
  if (told?.device !== device) return { kind: 'all', why: 'first' };
  if (told.uidvalidity !== now.uidvalidity) return { kind: 'all', why: 'renumbered' };
  if (now.uidnext === told.uidnext) return { kind: 'nothing' };
  return now.uidnext < told.uidnext ? { kind: 'backwards' } : { kind: 'news', from: told.uidnext };
}
