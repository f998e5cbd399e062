import { expect, test } from 'vitest';
import { parseConfig } from '../../src/base/config.ts';
import { loginOf, rolesOf } from '../../src/cli/config/server/roles.ts';
import { serverConfig } from '../../src/cli/config/server.ts';

const MAIL = '[mail]\n[[mail.users]]\nname = "ada"\npassword = "x"\naddresses = ["ada@example.org"]\n';
const MESSAGE = '[message_server]\nmodem = { port = "/dev/ttyUSB2" }\n';
const ALONE = '[mqtt]\nurl = "mqtts://x"\nuser = "u"\npassword = "p"\n';
const MAIL_USER = 'mail_server = { user = "m", password = "p" }\n';
const MESSAGE_USER = 'message_server = { user = "n", password = "q" }\n';
const mqtt = (...lines: string[]) => `[mqtt]\nurl = "mqtts://x"\n${lines.join('')}`;

const parse = (text: string) => parseConfig('server.toml', text, serverConfig);
const roles = (text: string) => [...rolesOf(parse(text))];

test('R9 which sections run which part: alone at a broker, both at one, all with the embedded one', () => {
  expect(roles(ALONE + MAIL)).toEqual(['mail-server']);
  expect(roles(ALONE + MESSAGE)).toEqual(['message-server']);
  expect(roles(ALONE)).toEqual(['mail-server']);
  expect(roles(mqtt(MAIL_USER, MESSAGE_USER) + MAIL + MESSAGE)).toEqual(['mail-server', 'message-server']);
  expect(roles(mqtt(MAIL_USER, MESSAGE_USER) + MESSAGE)).toEqual(['mail-server', 'message-server']);
  expect(roles(`[broker]\n${MAIL}${MESSAGE}`)).toEqual(['mail-server', 'message-server']);
  expect(roles('[broker]\n')).toEqual(['mail-server']);
});

test('each part logs in as the user that is its own', () => {
  const alone = parse(ALONE + MESSAGE).mqtt;
  const two = parse(mqtt(MAIL_USER, MESSAGE_USER) + MESSAGE).mqtt;
  if (!alone || !two) throw new Error('no [mqtt]');
  expect(loginOf(alone, 'message-server')).toEqual({ user: 'u', password: 'p' });
  expect(loginOf(two, 'mail-server')).toEqual({ user: 'm', password: 'p' });
  expect(loginOf(two, 'message-server')).toEqual({ user: 'n', password: 'q' });
});

test.each([
  [ALONE + MAIL + MESSAGE, 'mqtt.user: mail server and message server are two users of the broker'],
  [mqtt() + MAIL, 'mqtt.mail_server: expected user and password of the user that publishes first triggers'],
  [
    mqtt() + MESSAGE,
    'mqtt.message_server: expected user and password of the user of the section [message_server]',
  ],
  [mqtt(MAIL_USER) + MAIL + MESSAGE, 'mqtt.message_server: expected user and password'],
  [mqtt(MAIL_USER, MESSAGE_USER) + MAIL, 'mqtt.message_server: expected a section [message_server]'],
  [
    ALONE + MAIL_USER + MAIL,
    'mqtt.user: expected either user and password, or mail_server and message_server',
  ],
  [mqtt('user = "u"\n') + MAIL, 'mqtt.password: expected a password'],
  [mqtt('user = "a:b"\npassword = "p"\n') + MAIL, 'mqtt.user: expected a user name without :'],
  [
    '[broker]\n[[broker.users]]\nname = "mail-server"\npassword = "x"\nrole = "mail-server"\n',
    'broker.users.0.name',
  ],
])('a wrong combination of sections and users is told in words: %#', (text, words) => {
  expect(() => parse(text)).toThrow(words);
});
