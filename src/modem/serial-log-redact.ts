import { redactNumbers } from '../base/redact.ts';

/** Commands whose values are nobody's business: PINs, passwords, access point users. */
const SECRET =
  /(\+CPIN|\+CPWD|\+CLCK|\+CGAUTH|\+CSTT|\+QICSGP|\+CNMPSD|\+CIPSENDHEX|\^AUTHDATA|\$QCPDPP|\+UPSD|\+UAUTHREQ)=[^;]*/gi;

/** The same as a modem that is asked for them tells them. */
const TOLD = /(\+QICSGP|\+CGAUTH|\+CSTT):.*/gi;

/** A sealed trigger: whoever reads it could use it before the device does. */
const TOKEN = /RP1[A-Z2-7]{31}/g;

/** Longer hexadecimal text is a PDU or other content. */
const HEX = /(?<![0-9A-Za-z])(?:[0-9A-Fa-f]{2}){12,}(?![0-9A-Za-z])/g;

/** A line as it may stand in a log: no secrets, no tokens, no content, numbers shortened, control bytes visible. */
export function redactTraffic(text: string): string {
  const safe = text
    .replace(SECRET, '$1=[secret]')
    .replace(TOLD, '$1: [secret]')
    .replace(TOKEN, 'RP1…')
    .replace(HEX, (hex) => (/^\d+$/.test(hex) ? hex : `[${hex.length / 2} octets]`));
  return visible(redactNumbers(safe));
}

/** Control and other unprintable bytes as `\x1a`. */
function visible(text: string): string {
  return [...text].map((char) => (isPlain(char) ? char : escapeOf(char))).join('');
}

function isPlain(char: string): boolean {
  const code = char.charCodeAt(0);
  return (code >= 0x20 && code < 0x7f) || code > 0xff;
}

function escapeOf(char: string): string {
  return `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
