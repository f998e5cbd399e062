import { MailError } from '../errors.ts';
import type { MailSession } from '../session.ts';
import type { Registry } from './registry.ts';

/** Whether it names what a mailbox is for (RFC 6154: `\Sent`), not a mailbox. */
export function isRole(name: string): boolean {
  return name.startsWith('\\');
}

/** The names of mailboxes that are given by what they are for; the server is asked once, then it is remembered. */
export async function learnRoles(
  names: readonly string[],
  registry: Registry,
  open: () => Promise<MailSession>,
): Promise<void> {
  const unknown = names.filter((name) => isRole(name) && registry.data.roles[name] === undefined);
  if (unknown.length === 0) return;
  const said = await (await open()).roles();
  const found = unknown.flatMap((role) => {
    const mailbox = said.get(role);
    return mailbox === undefined ? [] : [[role, mailbox] as const];
  });
  await registry.update((data) => {
    data.roles = { ...data.roles, ...Object.fromEntries(found) };
  });
}

/** The mailbox of this name or role. MailError `no-mailbox`: the server has none for it. */
export function mailboxNamed(name: string, registry: Registry): string {
  if (!isRole(name)) return name;
  const found = registry.data.roles[name];
  if (found !== undefined) return found;
  throw new MailError(`the server has no mailbox for ${name} (RFC 6154); name one in its place`, {
    code: 'no-mailbox',
    fields: { role: name },
  });
}
