import type { Command } from './command.ts';

/** A command's place in `ringpost --help`. Its code is loaded only when it is wanted: on a Pi, loading all takes seconds. */
export interface Entry {
  /** One line for `ringpost --help`. */
  readonly summary: string;
  load(): Promise<Command>;
}

/** Every command of `ringpost`, in the order of its help. */
export const commands: Readonly<Record<string, Entry>> = {
  demo: {
    summary: 'Shows the whole chain on simulated modems, as a live timeline',
    load: async () => (await import('./commands/demo.ts')).demo,
  },
  server: {
    summary: 'Runs the server half: mail server, MQTT broker and message server',
    load: async () => (await import('./commands/server.ts')).server,
  },
  device: {
    summary: "Runs the handheld's agent: listens for triggers, synchronises, reports",
    load: async () => (await import('./commands/device.ts')).device,
  },
  sync: {
    summary: 'Synchronises now, by hand, through the running agent; also while pushing is off',
    load: async () => (await import('./commands/sync.ts')).sync,
  },
  fetch: {
    summary: 'Brings the rest of large mails of which the handheld has only how they begin',
    load: async () => (await import('./commands/fetch.ts')).fetch,
  },
  settings: {
    summary: 'Shows or changes: pushing on or off, shortest time between synchronisations',
    load: async () => (await import('./commands/settings.ts')).settings,
  },
  keys: {
    summary:
      'Enrols devices, exchanges and revokes their keys at the server; the device accepts what was made',
    load: async () => (await import('./commands/keys.ts')).keys,
  },
  trigger: {
    summary: 'Announces new mail to the running server, from a script, an MTA or a Sieve hook',
    load: async () => (await import('./commands/trigger.ts')).trigger,
  },
  gateway: {
    summary: 'Sends one text through a gateway of the server, to see that it works',
    load: async () => (await import('./commands/gateway.ts')).gateway,
  },
  watch: {
    summary: 'Follows a serial log, decoded and redacted',
    load: async () => (await import('./commands/watch.ts')).watch,
  },
  doctor: {
    summary: 'Looks for what is wrong, from the serial port to the mail server, and says what mends it',
    load: async () => (await import('./commands/doctor.ts')).doctor,
  },
  simulate: {
    summary: 'Offers simulated modems on PTYs, in one cellular network, to any program',
    load: async () => (await import('./commands/simulate.ts')).simulate,
  },
};
