/** Whether a topic name matches a filter with `+` and `#` (MQTT 3.1.1, 4.7). */
export function matchesFilter(filter: string, topicName: string): boolean {
  const levels = topicName.split('/');
  const wanted = filter.split('/');
  for (const [index, want] of wanted.entries()) {
    if (want === '#') return true;
    const level = levels[index];
    if (level === undefined || (want !== '+' && want !== level)) return false;
  }
  return wanted.length === levels.length;
}
