import { type ConfusedCode, confused } from './wire-error.ts';

/** Mailbox name to modified UTF-7 (RFC 3501 5.1.3). */
export function encodeMailboxName(name: string): string {
  return name.replace(/&|[^ -~]+/g, (run) => (run === '&' ? '&-' : `&${encodeRun(run)}-`));
}

/** Modified UTF-7 to a mailbox name. A name that is no valid modified UTF-7 throws MailError with `code`. */
export function decodeMailboxName(text: string, code: ConfusedCode): string {
  // Servers with UTF8=ACCEPT, and careless ones, send UTF-8: what holds other than ASCII is the name itself.
  if (/[^ -~]/.test(text)) return text;
  const name = text.replace(/&([^-]*)(-?)/g, (_whole, run: string, end: string) => {
    if (end === '') throw confused(code, 'a mailbox name has a shift that does not end');
    return run === '' ? '&' : decodeRun(run, code);
  });
  return name;
}

function encodeRun(run: string): string {
  const bytes = Buffer.from(run, 'utf16le').swap16();
  return bytes.toString('base64').replace(/=+$/, '').replaceAll('/', ',');
}

function decodeRun(run: string, code: ConfusedCode): string {
  const bytes = Buffer.from(run.replaceAll(',', '/'), 'base64');
  if (!/^[A-Za-z0-9+,]+$/.test(run) || bytes.length < 2 || bytes.length % 2 !== 0) {
    throw confused(code, 'a mailbox name is no modified UTF-7');
  }
  return bytes.swap16().toString('utf16le');
}
