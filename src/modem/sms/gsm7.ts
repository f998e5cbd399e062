/** Introduces a character of the extension table. */
const ESCAPE = 0x1b;

/** GSM 7-bit default alphabet (3GPP TS 23.038 6.2.1), 16 characters a row; ESCAPE stands at its place. */
const BASIC = [
  '@£$¥èéùìòÇ\nØø\rÅå',
  'Δ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ',
  ' !"#¤%&\'()*+,-./',
  '0123456789:;<=>?',
  '¡ABCDEFGHIJKLMNO',
  'PQRSTUVWXYZÄÖÑÜ§',
  '¿abcdefghijklmno',
  'pqrstuvwxyzäöñüà',
].join('');

/** Extension table (3GPP TS 23.038 6.2.1.1). */
const EXTENSION = new Map([
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

const SEPTETS = new Map<string, readonly number[]>([
  ...[...BASIC].map((character, code): [string, number[]] => [character, [code]]),
  ...[...EXTENSION].map(([code, character]): [string, number[]] => [character, [ESCAPE, code]]),
]);
SEPTETS.delete('\x1b');

/** The septets of a text, or undefined when a character is in neither table. */
export function toSeptets(text: string): number[] | undefined {
  const septets: number[] = [];
  for (const character of text) {
    const codes = SEPTETS.get(character);
    if (!codes) return undefined;
    septets.push(...codes);
  }
  return septets;
}

/**
 * The text of septets. After an escape, a code that the extension table lacks shows as in the default
 * alphabet; a second escape, or one with nothing behind it, is a space (3GPP TS 23.038 6.2.1.1).
 */
export function fromSeptets(septets: readonly number[]): string {
  let text = '';
  for (let at = 0; at < septets.length; at += 1) {
    const code = septets[at] ?? 0;
    if (code !== ESCAPE) {
      text += BASIC[code];
    } else {
      at += 1;
      const next = septets[at] ?? ESCAPE;
      text += next === ESCAPE ? ' ' : (EXTENSION.get(next) ?? BASIC[next]);
    }
  }
  return text;
}

/** Whether a message may not be cut before `at`, because an escape stands there and belongs to it. */
export function isEscapePair(septets: readonly number[], at: number): boolean {
  return septets[at - 1] === ESCAPE;
}

/** Septets as octets, lowest bits first, after `fill` zero bits (3GPP TS 23.038 6.1.2.1). */
export function packSeptets(septets: readonly number[], fill = 0): Uint8Array {
  const octets = new Uint8Array(Math.ceil((fill + septets.length * 7) / 8));
  septets.forEach((septet, index) => {
    const bit = fill + index * 7;
    const at = bit >> 3;
    const shifted = septet << (bit & 7);
    octets[at] = (octets[at] ?? 0) | (shifted & 0xff);
    if (shifted > 0xff) octets[at + 1] = shifted >> 8;
  });
  return octets;
}

/** `count` septets out of octets that hold at least that many after `fill` bits. */
export function unpackSeptets(octets: Uint8Array, count: number, fill = 0): number[] {
  return Array.from({ length: count }, (_, index) => {
    const bit = fill + index * 7;
    const at = bit >> 3;
    const two = (octets[at] ?? 0) | ((octets[at + 1] ?? 0) << 8);
    return (two >> (bit & 7)) & 0x7f;
  });
}
