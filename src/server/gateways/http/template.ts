/** Values by their names; those that are not given are absent. */
export type Values = Readonly<Record<string, string>>;

const PLACEHOLDER = /\{([a-z][a-z0-9_]*)\}/g;

/** The names in a template; undefined: it has a brace that belongs to no placeholder. */
export function placeholdersOf(template: string): string[] | undefined {
  if (/[{}]/.test(template.replace(PLACEHOLDER, ''))) return undefined;
  return [...template.matchAll(PLACEHOLDER)].map(([, name]) => name ?? '');
}

/**
 * The template with its values, each through `encode`, in one pass: what a value brings along is never looked at again.
 * Undefined: a value is not given, and what has it as placeholder is left out.
 */
export function fill(
  template: string,
  values: Values,
  encode: (value: string) => string = (value) => value,
): string | undefined {
  if (placeholdersOf(template)?.some((name) => !Object.hasOwn(values, name))) return undefined;
  return template.replace(PLACEHOLDER, (_whole, name: string) => encode(values[name] ?? ''));
}

/** The entries that are given. */
export function fillAll(templates: Readonly<Record<string, string>>, values: Values): [string, string][] {
  return Object.entries(templates).flatMap(([name, template]) => {
    const filled = fill(template, values);
    return filled === undefined ? [] : [[name, filled] as [string, string]];
  });
}

/** A JSON value whose strings are templates. A string that is one placeholder out of `integers` becomes a number. */
export function fillJson(template: unknown, values: Values, integers: readonly string[]): unknown {
  if (typeof template === 'string') return fillText(template, values, integers);
  if (Array.isArray(template)) {
    return template.map((item) => fillJson(item, values, integers)).filter((item) => item !== undefined);
  }
  if (typeof template !== 'object' || template === null) return template;
  const entries = Object.entries(template).map(([key, item]) => [key, fillJson(item, values, integers)]);
  return Object.fromEntries(entries.filter(([, item]) => item !== undefined));
}

function fillText(template: string, values: Values, integers: readonly string[]) {
  const filled = fill(template, values);
  const isInteger = integers.some((name) => template === `{${name}}`);
  return filled !== undefined && isInteger ? Number(filled) : filled;
}
