import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { silentLog } from '../../../src/base/log.ts';
import { unobserved } from '../../../src/base/steps.ts';
import { buildExamination } from '../../../src/cli/build/doctor.ts';
import { deviceConfig } from '../../../src/cli/config/device.ts';
import { memoryLine } from '../../../src/modem/memory-line.ts';
import { madeRoot } from '../../modem/ports/tree.ts';
import { script } from '../../modem/power/played-gpio.ts';
import { quickClock } from '../../support/quick-clock.ts';
import { temporaryDirectory } from '../../support/room.ts';

test('a USB modem without power is switched on before its port is looked for', async () => {
  const root = await madeRoot([{ at: '1-1', id: '1e0e:9001', ttys: { ttyUSB2: 2 } }]);
  const [there, away] = [join(root, 'sys/class/tty'), join(root, 'away')];
  await rename(there, away);
  const directory = await temporaryDirectory();
  const program = await script(join(directory, 'power'), `mv '${away}' '${there}'`);
  const config = deviceConfig.parse({
    device: 'pocket-1',
    mail: '/nowhere',
    modem: { port: 'auto', power_command: program },
    imap: { host: 'localhost', user: 'ada', password: 'x' },
    message_server: { host: 'localhost' },
    trigger: { keys: [{ id: 1, secret: '00'.repeat(32) }] },
  });
  const openLine = async ({ port }: { readonly port: string }) => {
    const { line, far } = memoryLine(port);
    far.onData(() => far.write(Buffer.from('\r\nOK\r\n')));
    return line;
  };
  const around = {
    clock: quickClock(10),
    log: silentLog,
    observe: unobserved,
    openLine,
    root,
    ownNumber: null,
  };
  const examination = await buildExamination(config, around, new AbortController().signal);
  onTestFinished(async () => examination[Symbol.asyncDispose]());
  expect(examination.patient).toMatchObject({
    port: '/dev/ttyUSB2',
    portFound: expect.stringContaining('1e0e:9001'),
  });
});
