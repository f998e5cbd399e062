import type { Entry } from '../maildir/name.ts';
import { UidSet } from '../uid-set.ts';
import type { Copy } from './copy.ts';
import { uidOf } from './local.ts';

/** Takes partial copies away where the whole message is here beside them; the others stay. Harmless to repeat. */
export async function finishReplacing(copy: Copy): Promise<void> {
  const { replacing, ...state } = copy.state;
  if (replacing.length === 0) return;
  const entries = await copy.maildir.list();
  const isOld = ({ base }: Entry) => replacing.includes(base);
  const whole = new Set(entries.flatMap((entry) => (isOld(entry) ? [] : (uidOf(entry, copy.state) ?? []))));
  const replaced = entries.filter((entry) => isOld(entry) && whole.has(uidOf(entry, copy.state) ?? 0));
  const batch = copy.maildir.batch();
  for (const entry of replaced) await batch.remove(entry);
  await batch.commit();
  const uids = UidSet.of(replaced.flatMap((entry) => uidOf(entry, copy.state) ?? []));
  const adopted = [...state.adopted].filter(([base]) => !replaced.some((entry) => entry.base === base));
  copy.state = { ...state, replacing: [], partial: state.partial.without(uids), adopted: new Map(adopted) };
  await copy.save();
}
