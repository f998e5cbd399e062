import { z } from 'zod';
import type { ControlHandlers } from '../base/control.ts';
import { readEnrolment } from '../enrolment/text.ts';
import type { Keyring } from './keyring.ts';

const acceptArgs = z.object({ text: z.string().max(20_000) });

/** What `ringpost keys accept` asks of the running agent: `accept` ({text}; then what `Keyring.accept` gives). */
export function keyHandlers(keyring: Keyring): ControlHandlers {
  return { accept: async (args) => keyring.accept(readEnrolment(acceptArgs.parse(args).text)) };
}
