import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mailboxDirectory, mailboxName } from '../../../src/mail/maildir/mailbox-path.ts';

const mailbox = fc
  .oneof(
    fc.string({ minLength: 1, maxLength: 30 }),
    fc.constantFrom('..', '.', '../..', 'a/../b', '/etc', '%'),
  )
  .filter((name) => name.toUpperCase() !== 'INBOX');

test('no mailbox name leaves the root, and the directory tells the name', () => {
  fc.assert(
    fc.property(mailbox, (name) => {
      const path = mailboxDirectory('/mail', name);
      expect(dirname(path)).toBe('/mail');
      expect(path).not.toContain('\0');
      expect(mailboxName(path.slice('/mail/'.length))).toBe(name);
    }),
  );
});

test.each([
  ['INBOX', '/mail'],
  ['inbox', '/mail'],
  ['Sent', '/mail/.Sent'],
  ['Lists/Tech', '/mail/.Lists.Tech'],
  ['v1.0', '/mail/.v1%2E0'],
  ['../../etc', '/mail/.%2E%2E.%2E%2E.etc'],
])('%s is in %s', (name, path) => {
  expect(mailboxDirectory('/mail', name)).toBe(join(path));
});

test('a name that no directory can have is refused', () => {
  expect(() => mailboxDirectory('/mail', '')).toThrow(expect.objectContaining({ code: 'no-mailbox' }));
  expect(() => mailboxDirectory('/mail', 'ä'.repeat(128))).toThrow(
    expect.objectContaining({ code: 'no-mailbox' }),
  );
  expect(mailboxName('cur')).toBeUndefined();
  expect(mailboxName('.A%zz')).toBeUndefined();
});
