import libmime from 'libmime';

/** One header field; text is `latin1` (one character per byte), lines end with LF. */
export interface Field {
  /** Lower case. */
  readonly name: string;
  /** The whole field as it stands in the message, folded, without its last line end. */
  readonly text: string;
}

/** What a Content-Type or Content-Disposition says; `value` in lower case. */
export interface Parameterized {
  readonly value: string;
  readonly params: Readonly<Record<string, string>>;
}

/** The fields that these lines are. Lines that are none are left out, with the lines that continue them. */
export function fieldsOf(lines: readonly string[]): Field[] {
  const fields: { name: string; text: string }[] = [];
  let last: { name: string; text: string } | undefined;
  for (const line of lines.map((one) => one.replaceAll('\r', ' '))) {
    if (/^[ \t]/.test(line)) {
      // RFC 5322 3.2.2 forbids to generate folds of white space only, and some readers end the header there.
      if (last && line.trim() !== '') last.text += `\n${line}`;
      continue;
    }
    const name = /^([!-9;-~]+)[ \t]*:/.exec(line)?.[1]?.toLowerCase();
    last = name === undefined ? undefined : { name, text: line };
    if (last) fields.push(last);
  }
  return fields;
}

export function fieldIn(fields: readonly Field[], name: string): Field | undefined {
  return fields.find((field) => field.name === name);
}

/** The value of a field such as Content-Type, parameters apart. */
export function parameterized(field: Field | undefined): Parameterized | undefined {
  if (!field) return undefined;
  const text = field.text.slice(field.text.indexOf(':') + 1).replaceAll('\n', '');
  const { value, params } = libmime.parseHeaderValue(text, { stripComments: true });
  return { value: value.toLowerCase(), params };
}

/** Fields in their order as long as there is room: a header with bare LFs grows by its CRs. */
export function fitting(fields: readonly Field[], room: number): Field[] {
  let left = room;
  return fields.filter((field) => {
    left -= lengthOf([field]);
    return left >= 0;
  });
}

/** Bytes with CRLF. */
export function lengthOf(fields: readonly Field[]): number {
  return fields.reduce((sum, { text }) => sum + text.length + text.split('\n').length + 1, 0);
}
