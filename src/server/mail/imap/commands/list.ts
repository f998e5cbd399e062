import { DELIMITER } from '../../store/names.ts';
import { type ListRequest, readList, readPattern } from '../list-request.ts';
import { wireName } from '../names.ts';
import type { Session } from '../session.ts';
import { type CommandTable, LOGGED_IN } from './command.ts';
import { tellStatus } from './status.ts';

/** LIST, also LIST-EXTENDED (RFC 5258), LIST-STATUS (RFC 5819) and SPECIAL-USE (RFC 6154); LSUB. */
export const listCommands: CommandTable = {
  LIST: {
    states: LOGGED_IN,
    updates: 'all',
    async run(session, args) {
      const request = readList(session, args);
      if (request.root) session.output.line(`* LIST (\\Noselect) "${DELIMITER}" ""`);
      else await listAll(session, request);
      return { text: 'Listed' };
    },
  },
  LSUB: {
    states: LOGGED_IN,
    updates: 'all',
    async run(session, args) {
      const matches = readPattern(args);
      const existing = new Set(await session.mailboxes.names());
      for (const name of [...session.mailboxes.subscribed].filter(matches)) {
        session.output.line(
          `* LSUB (${existing.has(name) ? '' : '\\Noselect'}) "${DELIMITER}" ${wireName(name)}`,
        );
      }
      return { text: 'Listed' };
    },
  },
};

/** A name that may be listed. */
interface Place {
  readonly name: string;
  readonly exists: boolean;
  readonly subscribed: boolean;
  readonly uses: readonly string[];
}

async function listAll(session: Session, request: ListRequest): Promise<void> {
  const places = await placesOf(session);
  const chosen = (place: Place) => isChosen(place, request);
  for (const place of places.filter(({ name }) => request.matches(name))) {
    const below =
      request.selection.has('RECURSIVEMATCH') &&
      places.some((other) => isBelow(other, place) && chosen(other));
    if (!chosen(place) && !below) continue;
    session.output.line(listLine(place, places, request, below));
    if (request.status.length > 0 && place.exists) await tellStatus(session, place.name, request.status);
  }
}

/** All mailboxes, and what is subscribed without being there. */
async function placesOf({ mailboxes }: Session): Promise<Place[]> {
  const existing = new Set(await mailboxes.names());
  const subscribed = new Set(mailboxes.subscribed);
  const names = new Set([...existing, ...subscribed]);
  const places: Place[] = [];
  for (const name of names) {
    const exists = existing.has(name);
    const uses = exists ? await mailboxes.usesOf(name) : [];
    places.push({ name, exists, subscribed: subscribed.has(name), uses });
  }
  return places;
}

function isChosen({ exists, subscribed, uses }: Place, { selection }: ListRequest): boolean {
  if (selection.has('SPECIAL-USE') && uses.length === 0) return false;
  // RFC 5258 3.1: with SUBSCRIBED, also names that are subscribed and are no mailbox.
  return selection.has('SUBSCRIBED') ? subscribed : exists;
}

function isBelow({ name }: Place, above: Place): boolean {
  return name.startsWith(`${above.name}${DELIMITER}`);
}

function listLine(place: Place, places: readonly Place[], request: ListRequest, below: boolean): string {
  const { selection, wanted } = request;
  const children = places.some((other) => other.exists && isBelow(other, place));
  const tellsSubscribed = selection.has('SUBSCRIBED') || wanted.has('SUBSCRIBED');
  const attributes = [
    ...(place.exists ? [] : ['\\NonExistent']),
    children ? '\\HasChildren' : '\\HasNoChildren',
    ...(tellsSubscribed && place.subscribed ? ['\\Subscribed'] : []),
    ...place.uses,
  ];
  // RFC 5258 3.5: which selection those below it match.
  const info = below ? ` ("CHILDINFO" (${childInfo(selection)}))` : '';
  return `* LIST (${attributes.join(' ')}) "${DELIMITER}" ${wireName(place.name)}${info}`;
}

function childInfo(selection: ReadonlySet<string>): string {
  return ['SUBSCRIBED', 'SPECIAL-USE']
    .filter((name) => selection.has(name))
    .map((name) => `"${name}"`)
    .join(' ');
}
