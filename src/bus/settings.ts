import type { Settings } from './topics.ts';

/** What both documents together come to. */
export interface EffectiveSettings {
  readonly on: boolean;
  /** Shortest time between the last synchronisation and the next trigger, seconds. */
  readonly intervalSeconds: number;
}

export interface MergedSettings {
  readonly effective: EffectiveSettings;
  /** What this side's document should become; the same object when nothing has to change. */
  readonly mine: Settings;
}

/** The document of a side whose user never chose anything. It yields to whatever the other side says. */
export function initialSettings(effective: EffectiveSettings): Settings {
  return { ...effective, revision: 0, seen: 0 };
}

/**
 * Merges the two documents; each side calls it with its own first and comes to the same effective value.
 *
 * A document is a statement with a vector clock of two entries: its revision and the revision of the other side
 * that its writer knew. If one statement knew of the other, it holds. If neither did, they are concurrent: off
 * beats on, the larger interval beats the smaller. A document is not rewritten by a concurrent one: a mixture
 * would look like something its user said.
 */
export function mergeSettings(mine: Settings, theirs: Settings | undefined): MergedSettings {
  if (!theirs) return { effective: value(mine), mine };
  if (mine.revision < theirs.seen) return restate(mine, theirs);
  const iKnew = mine.seen >= theirs.revision;
  const theyKnew = theirs.seen >= mine.revision;
  if (theyKnew && !iKnew) return adopt(mine, theirs);
  if (iKnew && !theyKnew) return { effective: value(mine), mine };
  return { effective: cautious(mine, theirs), mine };
}

/** My document after my user changed something, knowing what both documents come to. */
export function changeSettings(
  mine: Settings,
  theirs: Settings | undefined,
  change: { readonly on?: boolean | undefined; readonly intervalSeconds?: number | undefined },
): Settings {
  const known = mergeSettings(mine, theirs);
  return {
    on: change.on ?? known.effective.on,
    intervalSeconds: change.intervalSeconds ?? known.effective.intervalSeconds,
    revision: Math.max(known.mine.revision, theirs?.seen ?? 0) + 1,
    seen: Math.max(known.mine.seen, theirs?.revision ?? 0),
  };
}

/**
 * The newer of two documents of one writer. One with a lower revision is late, or its writer lost its state;
 * then our document names a revision that the writer does not know, and it restates what it wants.
 */
export function newerSettings(known: Settings | undefined, received: Settings): Settings {
  if (!known || received.revision > known.revision) return received;
  return received.revision === known.revision && received.seen >= known.seen ? received : known;
}

/** They knew my statement and went further: theirs is mine now, and `seen` tells them so. */
function adopt(mine: Settings, theirs: Settings): MergedSettings {
  const effective = value(theirs);
  return { effective, mine: { ...effective, revision: mine.revision, seen: theirs.revision } };
}

/** They have seen a revision of mine that I do not know: my state was lost. What I said since is said again. */
function restate(mine: Settings, theirs: Settings): MergedSettings {
  const effective = mine.revision === 0 ? value(theirs) : cautious(mine, theirs);
  const revision = mine.revision === 0 ? theirs.seen : theirs.seen + 1;
  return { effective, mine: { ...effective, revision, seen: theirs.revision } };
}

function cautious(mine: Settings, theirs: Settings): EffectiveSettings {
  return {
    on: mine.on && theirs.on,
    intervalSeconds: Math.max(mine.intervalSeconds, theirs.intervalSeconds),
  };
}

function value({ on, intervalSeconds }: Settings): EffectiveSettings {
  return { on, intervalSeconds };
}
