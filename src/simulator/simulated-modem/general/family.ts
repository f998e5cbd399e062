import { type Personality, VENDOR_COMMANDS } from '../../personalities.ts';
import type { Behaviour } from '../behaviour.ts';
import type { Command } from '../command.ts';
import { plainError } from '../refusal.ts';

/** Answers ERROR to what this family does not know: commands of other vendors, and those of the standards that it lacks. */
export function familyBehaviour({ refuses = [], vendorCommands = [], voice = true }: Personality): Behaviour {
  const foreign = VENDOR_COMMANDS.filter((name) => !vendorCommands.includes(name));
  const unknown = new Set<string>([...refuses, ...foreign]);
  return {
    handlers: {},
    guard: (command) => {
      if (unknown.has(command.name) || (!voice && isVoiceCall(command))) throw plainError();
    },
  };
}

/** `;` makes it one (3GPP TS 27.007 6.2). */
function isVoiceCall({ name, text }: Command): boolean {
  return name === 'D' && text.endsWith(';');
}
