import { nearestSeptets, textOfSeptets } from '../../tpdu/gsm7.ts';
import { fromHex, toHex } from '../../tpdu/reader.ts';
import { cmsError } from '../refusal.ts';
import type { CharacterSet } from './settings.ts';

/** A text in the character set of the line; the result holds one line byte per letter (Latin-1). */
export function toLine(text: string, set: CharacterSet): string {
  if (set === 'UCS2') return toHex(Buffer.from(text, 'utf16le').swap16());
  if (set === 'HEX') return toHex(Uint8Array.from(nearestSeptets(text)));
  if (set === 'GSM') return String.fromCharCode(...nearestSeptets(text));
  return text.replace(/[^\n\r\x20-\x7e]/gu, '?');
}

/** The other way; throws +CMS ERROR 305 when it is no such text. */
export function fromLine(line: string, set: CharacterSet): string {
  if (set === 'IRA') return line;
  if (set === 'GSM') return textOfSeptets([...Buffer.from(line, 'latin1')].map((byte) => byte & 0x7f));
  const octets = fromHex(line);
  if (!octets || (set === 'UCS2' && octets.length % 2 !== 0)) throw cmsError(305);
  return set === 'UCS2' ? Buffer.from(octets).swap16().toString('utf16le') : textOfSeptets([...octets]);
}
