import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { appendDurable, readIfThere } from '../../base/durable.ts';
import { type Files, nodeFiles } from '../../base/files.ts';
import type { Sms } from '../../modem/modem.ts';
import { DeviceError } from '../errors.ts';

/** The owner's other short messages, one JSON object a line. */
export interface Inbox {
  readonly path: string;
  /**
   * Appends durably; a message that is there already (its deletion from the modem was cut off) is not
   * appended again. Throws DeviceError `inbox-full`: the message must stay in the modem then.
   */
  keep(sms: Sms, receivedAt: number): Promise<void>;
}

export async function openInbox(directory: string, maxBytes: number, files = nodeFiles): Promise<Inbox> {
  const path = join(directory, 'inbox.jsonl');
  const content = (await readIfThere(path, files)) ?? Buffer.alloc(0);
  const known = new Set(
    Array.from(content.toString('utf8').matchAll(/^\{"id":"([0-9a-f]{32})"/gm), (m) => m[1]),
  );
  let size = content.length;
  // The last line may have been cut by a power cut: the next one must not be glued to it.
  let glue = size > 0 && content[size - 1] !== 10 ? '\n' : '';
  return {
    path,
    async keep(sms, receivedAt) {
      const id = identityOf(sms);
      if (known.has(id)) return;
      const line = Buffer.from(`${glue}${JSON.stringify(entry(id, sms, receivedAt))}\n`);
      if (size + line.length > maxBytes) {
        throw new DeviceError(`${path}: full (${size} of ${maxBytes} bytes); move it away`, {
          code: 'inbox-full',
          fields: { path, size },
        });
      }
      await append(files, path, line, size === 0);
      known.add(id);
      size += line.length;
      glue = '';
    },
  };
}

async function append(files: Files, path: string, line: Buffer, isNew: boolean): Promise<void> {
  await appendDurable(path, line, files);
  if (isNew) await files.syncDirectory(dirname(path));
}

function entry(id: string, { from, text, data, sentAt }: Sms, receivedAt: number): object {
  const bytes = data && { base64: Buffer.from(data.bytes).toString('base64'), port: data.port };
  return {
    id,
    from,
    sentAt: isoTime(sentAt),
    receivedAt: isoTime(receivedAt),
    text,
    ...(bytes && { bytes }),
  };
}

function identityOf({ from, text, sentAt }: Sms): string {
  return createHash('sha256')
    .update(JSON.stringify([from, sentAt, text]))
    .digest('hex')
    .slice(0, 32);
}

function isoTime(at: number): string | null {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}
