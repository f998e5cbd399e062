const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** ` 1-Jul-2026 10:52:37 +0200` to milliseconds since 1970; undefined when it is none (RFC 9051 date-time). */
export function parseInternalDate(text: string): number | undefined {
  const match = /^ ?(\d{1,2})-([A-Za-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)$/.exec(text);
  if (!match) return undefined;
  const [day, month, year, hour, minute, second] = [1, 2, 3, 4, 5, 6].map((at) =>
    at === 2 ? MONTHS.findIndex((name) => name.toLowerCase() === match[2]?.toLowerCase()) : Number(match[at]),
  ) as [number, number, number, number, number, number];
  if (month < 0 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) return undefined;
  const offset = (Number(match[8]) * 60 + Number(match[9])) * 60_000 * (match[7] === '-' ? -1 : 1);
  return Date.UTC(year, month, day, hour, minute, second) - offset;
}

/** Milliseconds since 1970 to `01-Jul-2026 08:52:37 +0000`. */
export function formatInternalDate(ms: number): string {
  const date = new Date(ms);
  const day = `${two(date.getUTCDate())}-${MONTHS[date.getUTCMonth()]}-${String(date.getUTCFullYear()).padStart(4, '0')}`;
  return `${day} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} +0000`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
