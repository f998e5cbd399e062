import type { OpenLine } from '../../src/cli/build/radio.ts';
import type { SerialLine } from '../../src/modem/serial-line.ts';

/** What crossed one serial line, as Latin-1, in its order: `>` to the modem, `<` from it. */
export class SerialTap {
  readonly crossed: { readonly dir: '>' | '<'; text: string }[] = [];

  add(dir: '>' | '<', bytes: Uint8Array): void {
    const text = Buffer.from(bytes).toString('latin1');
    const last = this.crossed.at(-1);
    if (last?.dir === dir) last.text += text;
    else this.crossed.push({ dir, text });
  }

  /** Everything that went one way. */
  all(dir: '>' | '<'): string {
    return this.crossed
      .filter((piece) => piece.dir === dir)
      .map(({ text }) => text)
      .join('');
  }

  /** The names of the AT commands since `from` pieces, each once in a row: `AT+CMGR=0` is `+CMGR`. */
  commands(from = 0): string[] {
    const sent = this.crossed.slice(from).filter(({ dir }) => dir === '>');
    const lines = sent.flatMap(({ text }) => text.split('\r'));
    const names = lines.map((line) => /^AT(\+[A-Z]+)/.exec(line)?.[1]).filter((name) => name !== undefined);
    return names.filter((name, at) => name !== names[at - 1]);
  }
}

/** Opens lines as before and tells the taps of their ports what crosses. */
export function tapped(open: OpenLine, taps: ReadonlyMap<string, SerialTap>): OpenLine {
  return async (config, signal) => {
    const line = await open(config, signal);
    const tap = taps.get(config.port);
    return tap ? tapLine(line, tap) : line;
  };
}

function tapLine(line: SerialLine, tap: SerialTap): SerialLine {
  return {
    path: line.path,
    closed: line.closed,
    write(bytes) {
      tap.add('>', bytes);
      return line.write(bytes);
    },
    onData: (listener) =>
      line.onData((bytes) => {
        tap.add('<', bytes);
        listener(bytes);
      }),
    ...(line.setDtr && { setDtr: (on: boolean) => line.setDtr?.(on) ?? Promise.resolve() }),
    close: () => line.close(),
    [Symbol.asyncDispose]: () => line[Symbol.asyncDispose](),
  };
}
