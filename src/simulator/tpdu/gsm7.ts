/** GSM 7-bit default alphabet (3GPP TS 23.038 6.2.1); position is the septet. 0x1b leads to the extension table. */
const BASIC =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u001bÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';

/** Extension table (3GPP TS 23.038 6.2.1.1). */
const EXTENSION = new Map<number, string>([
  [0x0a, '\f'],
  [0x14, '^'],
  [0x28, '{'],
  [0x29, '}'],
  [0x2f, '\\'],
  [0x3c, '['],
  [0x3d, '~'],
  [0x3e, ']'],
  [0x40, '|'],
  [0x65, '€'],
]);

const ESCAPE = 0x1b;
const SEPTETS = new Map<string, number[]>([
  ...[...BASIC].map((letter, septet): [string, number[]] => [letter, [septet]]),
  ...[...EXTENSION].map(([septet, letter]): [string, number[]] => [letter, [ESCAPE, septet]]),
]);

/** The septets of a text, or undefined when it has a letter that the alphabet lacks. */
export function septetsOf(text: string): number[] | undefined {
  const septets: number[] = [];
  for (const letter of text) {
    const found = letter === '\u001b' ? undefined : SEPTETS.get(letter);
    if (!found) return undefined;
    septets.push(...found);
  }
  return septets;
}

/** The same, with a question mark for every letter that the alphabet lacks. */
export function nearestSeptets(text: string): number[] {
  return [...text].flatMap((letter) => septetsOf(letter) ?? [0x3f]);
}

export function textOfSeptets(septets: readonly number[]): string {
  let text = '';
  for (let at = 0; at < septets.length; at += 1) {
    const septet = septets[at] ?? 0;
    if (septet !== ESCAPE) {
      text += BASIC[septet] ?? ' ';
      continue;
    }
    at += 1;
    const extended = septets[at];
    if (extended !== undefined) text += EXTENSION.get(extended) ?? BASIC[extended] ?? ' ';
  }
  return text;
}

/** Packs septets into octets, beginning at a bit that is not 0 after a user data header (TS 23.040 9.2.3.24). */
export function packSeptets(septets: readonly number[], firstBit = 0): Uint8Array {
  const packed = new Uint8Array(Math.ceil((firstBit + septets.length * 7) / 8));
  septets.forEach((septet, index) => {
    const bit = firstBit + index * 7;
    const wide = (septet & 0x7f) << (bit & 7);
    const octet = bit >> 3;
    packed[octet] = (packed[octet] ?? 0) | (wide & 0xff);
    if (wide > 0xff) packed[octet + 1] = (packed[octet + 1] ?? 0) | (wide >> 8);
  });
  return packed;
}

export function unpackSeptets(octets: Uint8Array, count: number, firstBit = 0): number[] {
  return Array.from({ length: count }, (_, index) => {
    const bit = firstBit + index * 7;
    const pair = (octets[bit >> 3] ?? 0) | ((octets[(bit >> 3) + 1] ?? 0) << 8);
    return (pair >> (bit & 7)) & 0x7f;
  });
}
