import { domainToASCII } from 'node:url';

/** Who an address belongs to, of those who have mail here. */
export interface Addresses<User> {
  find(address: string): User | undefined;
}

interface Addressed {
  readonly name: string;
  readonly addresses: readonly string[];
}

/**
 * Looks addresses up: a user's own, with or without `+anything`; `postmaster`, alone or at any domain of these users
 * (RFC 5321 4.5.1), is the user of that name, else the first one; then the owner of `*@domain`.
 */
export function makeAddresses<User extends Addressed>(
  users: readonly User[],
  postmaster?: string | undefined,
): Addresses<User> {
  const owned = new Map(
    users.flatMap((user) => user.addresses.map((one) => [normalise(one), user] as const)),
  );
  const domains = new Set([...owned.keys()].map((address) => split(address).domain));
  const keeper = users.find(({ name }) => name === postmaster) ?? users[0];
  return {
    find(address) {
      const wanted = normalise(address);
      const { local, domain } = split(wanted);
      const isPostmaster = local === 'postmaster' && (domain === '' || domains.has(domain));
      return owned.get(wanted) ?? (isPostmaster ? keeper : owned.get(`*@${domain}`));
    },
  };
}

/** `Anna+List@Bücher.example` is `anna@xn--bcher-kva.example`: upper and lower case make no difference. */
export function normalise(address: string): string {
  const { local, domain } = split(address);
  const plus = local.indexOf('+', 1);
  const name = (plus < 0 ? local : local.slice(0, plus)).toLowerCase();
  return domain === '' ? name : `${name}@${asciiDomain(domain)}`;
}

/** The address as it goes over the wire to servers that know no SMTPUTF8: its domain in ASCII (RFC 5891). */
export function wireAddress(address: string): string {
  const { local, domain } = split(address);
  return domain === '' ? local : `${local}@${asciiDomain(domain)}`;
}

/** In lower case, ASCII; empty when the address has none. */
export function domainOf(address: string): string {
  return split(normalise(address)).domain;
}

function asciiDomain(domain: string): string {
  return domainToASCII(domain) || domain.toLowerCase();
}

function split(address: string): { local: string; domain: string } {
  const at = address.lastIndexOf('@');
  return at < 0
    ? { local: address, domain: '' }
    : { local: address.slice(0, at), domain: address.slice(at + 1) };
}
