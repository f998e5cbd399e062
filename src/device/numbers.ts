/**
 * The international forms (`+4915112345678`) that a caller's number may stand for: networks show it with `+`,
 * with `00`, with the country code alone, or in national form. Empty for what is no number.
 */
export function internationalForms(number: string, country?: string): string[] {
  const digits = number.replace(/[\s()./-]/g, '');
  if (/^\+\d{6,15}$/.test(digits)) return [digits];
  if (/^00[1-9]\d{5,14}$/.test(digits)) return [`+${digits.slice(2)}`];
  if (country === undefined || !/^\d{5,15}$/.test(digits)) return [];
  const national = [`+${country}${digits.replace(/^0/, '')}`];
  return digits.startsWith(country) ? [`+${digits}`, ...national] : national;
}

/** Whether a caller is in the list. */
export function isListed(caller: string, list: readonly string[], country?: string): boolean {
  const forms = internationalForms(caller, country);
  return list.some((listed) => internationalForms(listed, country).some((form) => forms.includes(form)));
}
