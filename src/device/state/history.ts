import { dirname, join } from 'node:path';
import { z } from 'zod';
import { appendDurable, undefinedIfMissing } from '../../base/durable.ts';
import { nodeFiles } from '../../base/files.ts';
import { cause, cost } from '../../bus/topics.ts';

const outboxRecord = z.object({
  sent: z.number(),
  /** Refused in this session; they wait for the user. */
  refused: z.number(),
  /** They wait for another session. */
  left: z.number(),
  /** What the user should know, each by its subject. */
  said: z.array(z.string()),
});

/** What became of the mail that the user wrote. */
export type OutboxRecord = z.infer<typeof outboxRecord>;

const sessionRecord = z.object({
  /** When it ended, milliseconds since 1970. */
  at: z.number(),
  cause,
  /** `settings`: only settings and reports were told. `nothing`: the server had no request. */
  result: z.enum(['ok', 'partial', 'failed', 'off', 'nothing', 'settings']),
  /** In words, unless all went well. */
  reason: z.string().optional(),
  request: z.string().optional(),
  fetched: z.number(),
  fetchedBytes: z.number(),
  /** Absent: nothing waited in the Outbox. */
  outbox: outboxRecord.optional(),
  cost,
});

/** What a session came to and what it cost. */
export type SessionRecord = z.infer<typeof sessionRecord>;

/** Every session, append-only; the newest are kept at hand. */
export interface History {
  readonly recent: readonly SessionRecord[];
  add(record: SessionRecord): Promise<void>;
}

const RECENT = 50;
const TAIL_BYTES = 64 * 1024;

export async function openHistory(directory: string, files = nodeFiles): Promise<History> {
  const path = join(directory, 'sessions.jsonl');
  const size = (await files.stat(path).catch(undefinedIfMissing))?.size;
  let tail = '';
  if (size) {
    const start = Math.max(0, size - TAIL_BYTES);
    for await (const chunk of files.readStream(path, { start })) tail += chunk;
  }
  const recent = tail.split('\n').flatMap(parse).slice(-RECENT);
  let glue = tail !== '' && !tail.endsWith('\n') ? '\n' : '';
  let isNew = size === undefined;
  return {
    recent,
    async add(record) {
      await appendDurable(path, `${glue}${JSON.stringify(record)}\n`, files);
      if (isNew) await files.syncDirectory(dirname(path));
      isNew = false;
      glue = '';
      recent.push(record);
      if (recent.length > RECENT) recent.shift();
    },
  };
}

/** A line that was cut by the power or by the beginning of the tail is left out. */
function parse(line: string): SessionRecord[] {
  try {
    const result = sessionRecord.safeParse(JSON.parse(line));
    return result.success ? [result.data] : [];
  } catch {
    return [];
  }
}
