import type { Session } from './session.ts';

/** What CAPABILITY tells in this state. */
export function capabilities(session: Session): string {
  const before = session.user ? [] : beforeLogin(session);
  const offered = (['LITERAL+', 'UIDPLUS', 'MOVE', 'CONDSTORE', 'QRESYNC'] as const).filter((name) =>
    session.has(name),
  );
  const compress =
    session.has('COMPRESS=DEFLATE') && !session.transport.compressed ? ['COMPRESS=DEFLATE'] : [];
  return [
    'IMAP4rev1',
    ...before,
    ...offered,
    ...compress,
    'ID',
    'ENABLE',
    'IDLE',
    'NAMESPACE',
    'UNSELECT',
    'SPECIAL-USE',
    'CREATE-SPECIAL-USE',
    'LIST-EXTENDED',
    'LIST-STATUS',
    'STATUS=SIZE',
    'METADATA',
    `APPENDLIMIT=${session.services.limits.maxMessage}`,
  ].join(' ');
}

function beforeLogin(session: Session): string[] {
  const starttls = session.transport.canStartTls ? ['STARTTLS'] : [];
  if (!session.transport.private) return [...starttls, 'LOGINDISABLED'];
  return [...starttls, 'AUTH=PLAIN', ...(session.has('SASL-IR') ? ['SASL-IR'] : [])];
}
