import type { MqttConfig, MqttLogin } from './brokers.ts';

export type ServerRole = 'mail-server' | 'message-server';

/** What says which parts run: the sections as they are there or not. */
interface Sections {
  readonly mail?: unknown;
  readonly watch?: unknown;
  readonly message_server?: unknown;
  readonly broker?: unknown;
  readonly mqtt?: MqttConfig | undefined;
}

export interface RoleProblem {
  readonly path: string[];
  readonly message: string;
}

/**
 * Which parts of this process speak to the broker. The mail server's part, the trigger agent, runs for [mail] and [watch];
 * for `ringpost trigger` alone it runs beside [broker], with mqtt.mail_server, and where [mqtt] is all that there is.
 */
export function rolesOf({ mail, watch, message_server, broker, mqtt }: Sections): ReadonlySet<ServerRole> {
  const roles = new Set<ServerRole>();
  if (mail || watch || broker || mqtt?.mail_server || !message_server) roles.add('mail-server');
  if (message_server) roles.add('message-server');
  return roles;
}

/** As whom a part logs in at the broker elsewhere. Undefined where `roleProblems` has something to say. */
export function loginOf(mqtt: MqttConfig, role: ServerRole): MqttLogin | undefined {
  const named = role === 'mail-server' ? mqtt.mail_server : mqtt.message_server;
  if (named) return named;
  const { user, password } = mqtt;
  return user !== undefined && password !== undefined ? { user, password } : undefined;
}

/** Whether [mqtt] has a user for each part that runs here, and none for a part that does not. */
export function roleProblems(sections: Sections): RoleProblem[] {
  const { mqtt } = sections;
  if (!mqtt) return [];
  if (mqtt.user !== undefined && (mqtt.mail_server || mqtt.message_server)) {
    return [
      problem('user', 'expected either user and password, or mail_server and message_server with their own'),
    ];
  }
  const roles = rolesOf(sections);
  if (mqtt.user !== undefined && roles.size > 1) {
    const two = 'mail_server = { user, password } and message_server = { user, password }';
    return [problem('user', `mail server and message server are two users of the broker: expected ${two}`)];
  }
  return [
    ...(mqtt.user !== undefined && mqtt.password === undefined
      ? [problem('password', 'expected a password')]
      : []),
    ...[...roles].filter((role) => mqtt.user === undefined && !loginOf(mqtt, role)).map(missing),
    ...(mqtt.message_server && !sections.message_server
      ? [problem('message_server', 'expected a section [message_server], whose user this is')]
      : []),
  ];
}

function missing(role: ServerRole): RoleProblem {
  const [key, what] =
    role === 'mail-server'
      ? ['mail_server', 'the user that publishes first triggers']
      : ['message_server', 'the user of the section [message_server]'];
  return problem(
    key,
    `expected user and password of ${what} (or mqtt.user and mqtt.password where it is alone)`,
  );
}

function problem(key: string, message: string): RoleProblem {
  return { path: ['mqtt', key], message };
}
