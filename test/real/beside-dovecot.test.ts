import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { findTokens } from '../../src/trigger/token.ts';
import { need } from '../support/program.ts';
import { temporaryDirectory } from '../support/room.ts';

const PAGE = 'hardware/dovecot/README.md';
const SUPPORT = 'test/support/page';
const NUMBER = '+4915112345678';

/** Fenced blocks of a language, in their order. */
const blocksOf = (page: string, language: string) =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(([, block = '']) => block);

/** Text that must be there to be changed: else the page says something else now, and this test with it. */
function changed(text: string, from: string, to: string): string {
  expect(text).toContain(from);
  return text.replace(from, to);
}

/** The page's configuration, with what is another here: a played provider, and a certificate that nobody knows. */
function configuration(page: string): string {
  const [block = ''] = blocksOf(page, 'toml');
  const provided = changed(
    block,
    'provider = "twilio"',
    'provider = "twilio"\nbase_url = "http://127.0.0.1:13013"',
  );
  return changed(provided, '[watch]', '[watch]\nca = "/etc/dovecot.crt"');
}

/** The page's commands. What enrolling prints is kept, for a user would copy it. */
function commands(page: string): string {
  const text = blocksOf(page, 'sh').join('\n');
  return changed(
    text,
    '--imap-user ada',
    '--imap-user ada --imap-ca /etc/dovecot.crt --json >/room/enrolled',
  );
}

const PROVIDER = `require('node:http').createServer((request, response) => {
  let body = '';
  request.on('data', (bytes) => { body += bytes; }).on('end', () => {
    require('node:fs').appendFileSync('/room/texts', body + '\\n');
    response.writeHead(201, { 'content-type': 'application/json' }).end('{"sid":"SM1","status":"queued"}');
  });
}).listen(13013)`;

const AFTERWARDS = `
field() { node -p "JSON.parse(require('node:fs').readFileSync('/room/enrolled'))['$1']"; }
field dovecot >>/etc/dovecot/ringpost.handhelds
printf 'Subject: hello ada\\n\\nhi\\n' | sendmail -f bob@example.net ada@example.org
await RP1 /room/texts
printf 'mail = "/handheld/mail"\\nstate = "/handheld/state"\\n[modem]\\nport = "/dev/ttyS9"\\n' >/device.toml
chmod 600 /device.toml
field text | ringpost keys accept - --config /device.toml
password=$(node -p "JSON.parse(require('node:fs').readFileSync('/handheld/state/enrolment.json')).servers.mail.password")
curl -sS --cacert /etc/dovecot.crt 'imaps://mail.example.org/INBOX;UID=1' -u "ada:$password" >/room/read-by-handheld
curl -sS --cacert /etc/dovecot.crt imaps://mail.example.org/ -u 'ada:her password' >/room/read-by-ada
`;

test('R9 R13 the page for a server with Dovecot and Postfix, line by line: a mail by Postfix sends a text to the handheld', async () => {
  await need('dovecot', 'dovecot-lmtpd');
  await need('postfix', 'postfix');
  await need('curl', 'curl');
  const directory = await temporaryDirectory();
  const room = join(directory, 'room');
  await mkdir(room, { mode: 0o777 });
  const page = await readFile(PAGE, 'utf8');
  await writeFile(join(room, 'server.toml'), configuration(page));
  await writeFile(join(room, 'provider.cjs'), PROVIDER);
  const before = await readFile(join(SUPPORT, 'server-as-it-was.sh'), 'utf8');
  const script = join(directory, 'script.sh');
  const steps = [
    'umask 022',
    before,
    `cd ${process.cwd()}`,
    'node /room/provider.cjs &',
    commands(page),
    AFTERWARDS,
  ];
  await writeFile(script, steps.join('\n'));
  // While its child runs, unshare takes no other signal.
  const ends = { timeout: 110_000, killSignal: 'SIGKILL' } as const;
  await promisify(execFile)('bash', [join(SUPPORT, 'enter.sh'), directory, script], ends);

  const texts = (await readFile(join(room, 'texts'), 'utf8'))
    .trim()
    .split('\n')
    .map((body) => new URLSearchParams(body));
  expect(texts.map((text) => text.get('To'))).toEqual([NUMBER, NUMBER]);
  expect(findTokens(texts[1]?.get('Body') ?? '')).toHaveLength(1);
  expect(await readFile(join(room, 'read-by-handheld'), 'utf8')).toContain('Subject: hello ada');
  expect(await readFile(join(room, 'read-by-ada'), 'utf8')).toContain('INBOX');
});
