/**
 * The prefixes of the information lines that belong to the commands of this text: `AT+CMEE=1;+CREG?` gives
 * `+CMEE:` and `+CREG:`. Basic commands (`ATI`, `ATD…`) have none.
 */
export function claimsOf(text: string): string[] {
  const bare = text.replace(/"[^"]*"/g, '""');
  // An extended command starts after AT, after a semicolon, or right behind a basic command (V.250 5.2, 5.4.1).
  const names = bare.matchAll(/(?:^AT|;|[A-Z]\d*)([+*^#$%&][A-Z][A-Z0-9]*)/gi);
  return [...names].map(([, name]) => `${(name ?? '').toUpperCase()}:`);
}

/** Whether the text holds a command that ends with CONNECT, BUSY, NO CARRIER ... (V.250 6.3, 27.007 D and +CGDATA). */
export function setsUpCall(text: string): boolean {
  const bare = text.replace(/"[^"]*"/g, '""').toUpperCase();
  return /^AT(?:[A-Z]\d*)*?(?:D|A$|A;|O\d?$)/.test(bare) || /;D/.test(bare) || /\+CGDATA/.test(bare);
}
