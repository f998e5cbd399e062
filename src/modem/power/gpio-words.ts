/** What the tools of libgpiod are told. Their manual pages: gpioset(1), gpioget(1), gpiodetect(1) of 1.6.3 and of 2.2. */

/** A line of a chip by its offset, which on a Raspberry Pi is its BCM number. */
export interface GpioLine {
  readonly line: number;
  readonly activeLow: boolean;
}

/** Debian 12 has libgpiod 1, Debian 13 has 2; their options differ. */
export type GpioMajor = 1 | 2;

/** `gpioset (libgpiod) v1.6.3`, `gpioset (libgpiod) v2.2`; undefined: neither. */
export function majorOf(version: string): GpioMajor | undefined {
  const major = /\bv(\d+)\./.exec(version)?.[1];
  return major === '1' || major === '2' ? (Number(major) as GpioMajor) : undefined;
}

/** Labels of the chip behind the header: Pi 0 to 3, Pi 4, Pi 5. Numbers of chips changed from kernel to kernel. */
const HEADER_LABELS = ['pinctrl-bcm2835', 'pinctrl-bcm2711', 'pinctrl-rp1'];

/** `gpiochip0 [pinctrl-bcm2711] (58 lines)`: the name of the header's chip. */
export function headerChip(detected: string): string | undefined {
  const found = [...detected.matchAll(/^(\S+) \[([^\]]*)\]/gm)];
  return found.find(([, , label]) => label !== undefined && HEADER_LABELS.includes(label))?.[1];
}

/** `gpioget`: prints `0` or `1`, 1 for active. */
export function readWords(major: GpioMajor, chip: string, { line, activeLow }: GpioLine): string[] {
  if (major === 1) return [...low(activeLow), chip, String(line)];
  return ['--numeric', ...low(activeLow), '-c', chip, String(line)];
}

/** `gpioset`: active for so long, then let go. */
export function pulseWords(
  major: GpioMajor,
  chip: string,
  { line, activeLow }: GpioLine,
  seconds: number,
): string[] {
  const [whole, micro] = [Math.floor(seconds), Math.round((seconds % 1) * 1_000_000)];
  if (major === 1) {
    const time = ['--mode=time', `--sec=${whole}`, `--usec=${micro}`];
    return [...time, ...low(activeLow), chip, `${line}=1`];
  }
  // The zero at the end: no further toggle, so it ends there.
  const toggle = ['--toggle', `${Math.round(seconds * 1000)}ms,0`];
  return [...toggle, ...low(activeLow), '-c', chip, `${line}=1`];
}

/** `gpioset`: until it is ended. The first one also ends with its standard input, so with the agent. */
export function holdWords(
  major: GpioMajor,
  chip: string,
  { line, activeLow }: GpioLine,
  active: boolean,
): string[] {
  const value = `${line}=${active ? 1 : 0}`;
  if (major === 1) return ['--mode=wait', ...low(activeLow), chip, value];
  return [...low(activeLow), '-c', chip, value];
}

function low(activeLow: boolean): string[] {
  return activeLow ? ['--active-low'] : [];
}
