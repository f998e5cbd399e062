/**
 * The test of a LIST pattern: `*` stands for anything, `%` for anything but the delimiter (RFC 3501 6.3.8).
 * Takes time in proportion to pattern times name, whatever the pattern.
 */
export function listPattern(pattern: string, delimiter: string): (name: string) => boolean {
  const signs =
    pattern.toUpperCase() === 'INBOX' ? 'INBOX' : pattern.replace(/[*%]*\*[*%]*/g, '*').slice(0, 1000);
  return (name) => matches(signs, name, delimiter);
}

/** Which prefixes of the pattern can end at each place of the name. */
function matches(pattern: string, name: string, delimiter: string): boolean {
  let reached = new Array<boolean>(pattern.length + 1).fill(false);
  reached[0] = true;
  skipWildcards(pattern, reached);
  for (const char of name) {
    const next = new Array<boolean>(pattern.length + 1).fill(false);
    for (let at = 0; at < pattern.length; at += 1) {
      if (!reached[at]) continue;
      const sign = pattern[at];
      if (sign === '*' || (sign === '%' && char !== delimiter)) next[at] = true;
      else if (sign === char) next[at + 1] = true;
    }
    skipWildcards(pattern, next);
    reached = next;
  }
  return reached[pattern.length] === true;
}

/** A wildcard may stand for nothing. */
function skipWildcards(pattern: string, reached: boolean[]): void {
  for (let at = 0; at < pattern.length; at += 1) {
    if (reached[at] && (pattern[at] === '*' || pattern[at] === '%')) reached[at + 1] = true;
  }
}
