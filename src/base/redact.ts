/** `+4915112345678` becomes `+49…678`; what is no telephone number stays. */
export function redactNumber(text: string): string {
  return /^\+?\d{6,}$/.test(text) ? `${text.slice(0, 3)}…${text.slice(-3)}` : text;
}

/** The same for every telephone number, IMSI or ICCID (7 digits and more) inside a longer text. */
export function redactNumbers(text: string): string {
  return text.replace(/\+?\d{7,}/g, redactNumber);
}
