import { settlable } from '../../../../base/settlable.ts';
import { bad } from '../refusal.ts';
import type { Session } from '../session.ts';
import { type CommandTable, LOGGED_IN } from './command.ts';

/** While a client waits, the Maildir is looked at this often for what other programs put there. */
const LOOK_MS = 60_000;

/** IDLE (RFC 2177): tells changes as they happen until the client says DONE. */
export const idleCommands: CommandTable = {
  IDLE: {
    states: LOGGED_IN,
    updates: 'all',
    async run(session, args) {
      args.end();
      session.output.line('+ idling');
      const done = session.reader.line();
      const stop = new AbortController();
      const telling = session.state === 'selected' ? tellNews(session, stop.signal) : flush(session);
      const line = await done.finally(() => stop.abort());
      await telling;
      if (line === undefined) session.ended = true;
      else if (line.toString('latin1').trim().toUpperCase() !== 'DONE') throw bad('DONE was expected');
      return { text: 'Idled' };
    },
  },
};

async function flush(session: Session): Promise<void> {
  await session.output.flush();
}

async function tellNews(session: Session, signal: AbortSignal): Promise<void> {
  const { view } = session;
  const looking = lookNowAndThen(session, signal);
  while (!signal.aborted) {
    session.writeUpdates(true);
    await session.output.flush();
    if (view.hasNews) continue;
    const news = settlable();
    view.onNews = () => news.resolve();
    signal.addEventListener('abort', view.onNews, { once: true });
    if (!signal.aborted) await news.promise;
    signal.removeEventListener('abort', view.onNews);
    view.onNews = () => {};
  }
  await looking;
}

async function lookNowAndThen(session: Session, signal: AbortSignal): Promise<void> {
  const { clock, log } = session.services;
  try {
    for (;;) {
      await clock.sleep(LOOK_MS, signal);
      await session.view.mailbox.look(false);
    }
  } catch (error) {
    if (!signal.aborted) log.debug({ err: error }, 'The mailbox could not be looked at');
  }
}
