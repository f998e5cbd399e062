const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;
const BYTES = { '': 1, k: 1000, M: 1_000_000, G: 1_000_000_000 } as const;

/** `90s`, `10m`, `2h`, `1d` in seconds; undefined when it is none. */
export function parseDuration(text: string): number | undefined {
  return quantity(text, /^(\d{1,9})(s|m|h|d)$/, SECONDS);
}

/** `20000`, `500k`, `20M`, `1G` in bytes; undefined when it is none. */
export function parseSize(text: string): number | undefined {
  return quantity(text, /^(\d{1,9})(k|M|G|)$/, BYTES);
}

function quantity(text: string, shape: RegExp, units: Readonly<Record<string, number>>): number | undefined {
  const match = shape.exec(text);
  const unit = match ? units[match[2] ?? ''] : undefined;
  return unit === undefined ? undefined : Number(match?.[1]) * unit;
}

/** `4.2 kB`, `812 B`. */
export function showBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** `45 s`, `10 min`, `2 h`. */
export function showSeconds(seconds: number): string {
  if (seconds >= 7200) return `${Math.round(seconds / 360) / 10} h`;
  return seconds >= 120 ? `${Math.round(seconds / 6) / 10} min` : `${Math.round(seconds * 10) / 10} s`;
}
