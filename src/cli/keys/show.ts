import { renderUnicodeCompact } from 'uqr';
import type { Arguments } from '../command.ts';

export interface Shown {
  readonly device: string;
  readonly key: number;
  readonly text: string;
  /** Line for the passwd-file of a Dovecot. */
  readonly dovecot?: string | undefined;
  /** What is left to do, for people. */
  readonly notes: readonly string[];
}

/** The text, once; with a QR code where somebody can see it. What is not the text goes to standard error. */
export function show(shown: Shown, args: Arguments): void {
  const { text, dovecot, notes } = shown;
  if (args.flag('json')) {
    process.stdout.write(`${JSON.stringify(shown)}\n`);
    return;
  }
  process.stdout.write(`${text}\n`);
  if (args.flag('qr') || process.stdout.isTTY) process.stdout.write(`${qrCode(text)}\n`);
  if (dovecot !== undefined) process.stderr.write(`for Dovecot's passwd-file:\n${dovecot}\n`);
  for (const note of notes) process.stderr.write(`${note}\n`);
}

/** Level L: the text has a checksum of its own, and fewer modules are easier to see. Two light modules around do in practice. */
export function qrCode(text: string): string {
  return renderUnicodeCompact(text, { ecc: 'L', border: 2 });
}
