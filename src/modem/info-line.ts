/** The fields of an information line, `+CLCC: 1,1,4,0,0,"+49151",145`, without the quotes round strings. */
export function fieldsOf(line: string): string[] {
  return rawFieldsOf(line).map((field) => field.replace(/^"(.*)"$/, '$1'));
}

/** The same with quotes, where a string and a number mean different things. */
export function rawFieldsOf(line: string): string[] {
  const body = line.slice(line.indexOf(':') + 1).trim();
  if (body === '') return [];
  return (body.match(/(?:"[^"]*"|[^,"])+|(?<=,|^)(?=,|$)/g) ?? []).map((field) => field.trim());
}

/** A decimal number, or undefined. */
export function numberOf(field: string | undefined): number | undefined {
  return field !== undefined && /^-?\d{1,9}$/.test(field) ? Number(field) : undefined;
}
