const LOOPBACK = /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/;

/**
 * The simulated network's resolver. Gives a loopback address, or why there is none: a simulated modem never
 * reaches the real network.
 */
export function resolveName(
  host: string,
  names: Readonly<Record<string, string>>,
): { readonly address: string } | { readonly failure: 'unknown-name' | 'unreachable' } {
  const name = host.toLowerCase();
  const address = Object.hasOwn(names, name) ? names[name] : name === 'localhost' ? '127.0.0.1' : name;
  if (address !== undefined && LOOPBACK.test(address)) return { address };
  return { failure: /^[\d.]+$|:/.test(name) ? 'unreachable' : 'unknown-name' };
}
