import { join } from 'node:path';
import { z } from 'zod';
import { openDocument } from '../../base/document.ts';
import type { Files } from '../../base/files.ts';
import { type Report, report } from '../../bus/topics.ts';

const unsent = z.object({ id: z.number().int(), report });
const reports = z.object({ next: z.number().int(), unsent: z.array(unsent) });

/** A report with its number here. */
export type UnsentReport = z.infer<typeof unsent>;

/** More than this are not kept: the newest tell the server what it needs to stop ringing. */
const MAX_UNSENT = 20;

/** Reports that the message server has not acknowledged, oldest first. */
export interface Reports {
  readonly unsent: readonly UnsentReport[];
  /** Stores it durably; resolves with its number. */
  add(report: Report): Promise<UnsentReport>;
  /** The server has it. */
  sent(id: number): Promise<void>;
}

export async function openReports(directory: string, files?: Files): Promise<Reports> {
  const document = await openDocument({
    path: join(directory, 'reports.json'),
    schema: reports,
    initial: { next: 1, unsent: [] },
    ...(files ? { files } : {}),
  });
  return {
    get unsent() {
      return document.data.unsent;
    },
    async add(added) {
      const kept = { id: document.data.next, report: added };
      await document.update((data) => {
        kept.id = data.next;
        data.next += 1;
        data.unsent = [...data.unsent, kept].slice(-MAX_UNSENT);
      });
      return kept;
    },
    sent: (id) =>
      document.update((data) => {
        data.unsent = data.unsent.filter((one) => one.id !== id);
      }),
  };
}
