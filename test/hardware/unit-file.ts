/** A unit of systemd: each section's settings in their order. */
export interface UnitFile {
  readonly sections: readonly string[];
  /** All values of a setting, the lines of a repeated one in their order. */
  all(setting: string): string[];
}

/** systemd.syntax(7), without continued lines. Throws on a line that is neither section, setting, comment nor empty. */
export function parseUnit(text: string): UnitFile {
  const sections: string[] = [];
  const settings: [string, string][] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '' || line.startsWith('#')) continue;
    const section = /^\[([A-Z]\w+)\]$/.exec(line)?.[1];
    const setting = /^([A-Z][A-Za-z0-9]+)=(.*)$/.exec(line);
    if (section) sections.push(section);
    else if (setting?.[1] && sections.length > 0) settings.push([setting[1], setting[2] ?? '']);
    else throw new Error(`line ${index + 1} is no line of a unit: ${line}`);
  }
  return {
    sections,
    all: (name) => settings.filter(([setting]) => setting === name).map(([, value]) => value),
  };
}
