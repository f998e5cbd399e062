export type Encoding = 'gsm7' | '8bit' | 'ucs2';

/** What a TP-Data-Coding-Scheme says (3GPP TS 23.038 4). */
export interface Coding {
  readonly encoding: Encoding;
  /** The user data is compressed (3GPP TS 23.042) and stays as octets: `encoding` is then `8bit`. */
  readonly compressed: boolean;
  /** 0: flash, 1: device, 2: SIM, 3: terminal equipment. */
  readonly messageClass: number | undefined;
  /** Message waiting indication: set or cleared, and of what (0 voicemail, 1 fax, 2 e-mail, 3 other). */
  readonly waiting: { readonly active: boolean; readonly kind: number } | undefined;
}

/** The octets that `encodeSubmit` writes: no class, not compressed. */
export const CODING_OCTET: Readonly<Record<Encoding, number>> = { gsm7: 0x00, '8bit': 0x04, ucs2: 0x08 };

/** Every octet means something: reserved ones count as GSM 7-bit (3GPP TS 23.038 4). */
export function codingOf(octet: number): Coding {
  const group = octet >> 4;
  const plain = { compressed: false, messageClass: undefined, waiting: undefined };
  if (group < 8) return generalCoding(octet);
  if (group < 12) return { ...plain, encoding: 'gsm7' };
  if (group === 15) return { ...plain, encoding: octet & 4 ? '8bit' : 'gsm7', messageClass: octet & 3 };
  const waiting = { active: (octet & 8) !== 0, kind: octet & 3 };
  return { ...plain, encoding: group === 14 ? 'ucs2' : 'gsm7', waiting };
}

function generalCoding(octet: number): Coding {
  const compressed = (octet & 0x20) !== 0;
  const alphabets: readonly Encoding[] = ['gsm7', '8bit', 'ucs2', 'gsm7'];
  return {
    encoding: compressed ? '8bit' : (alphabets[(octet >> 2) & 3] ?? 'gsm7'),
    compressed,
    messageClass: octet & 0x10 ? octet & 3 : undefined,
    waiting: undefined,
  };
}
