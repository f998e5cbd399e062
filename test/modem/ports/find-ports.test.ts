import { expect, test } from 'vitest';
import { findPorts, isModemUsb } from '../../../src/modem/ports/find-ports.ts';
import { type MadeDevice, madeRoot } from './tree.ts';

const PI_4 = { 'proc/device-tree/model': 'Raspberry Pi 4 Model B Rev 1.5\0' };
const PI_5 = { 'proc/device-tree/model': 'Raspberry Pi 5 Model B Rev 1.0\0' };
const SIM7600: MadeDevice = {
  at: '1-1.2',
  id: '1e0e:9001',
  ttys: { ttyUSB0: 0, ttyUSB1: 1, ttyUSB2: 2, ttyUSB3: 3, ttyUSB4: 4 },
};
const A7670: MadeDevice = { at: '1-1.3', id: '1e0e:9011', ttys: { ttyUSB9: 4, ttyUSB10: 5 } };
/** A USB cable with a UART at its end, whatever hangs there. */
const CABLE: MadeDevice = { at: '1-1.4', id: '10c4:ea60', ttys: { ttyUSB7: 0 } };

test('the AT and data interfaces of a profile are found among the ttys of its USB device', async () => {
  const root = await madeRoot([CABLE, SIM7600], PI_4);
  const found = await findPorts({ root });
  expect(found).toMatchObject({ port: '/dev/ttyUSB2', dataPort: '/dev/ttyUSB3' });
  expect(found.how).toMatch(/^USB 1e0e:9001, interface 2 \(/);
});

test('a family with another numbering for each of its USB layouts', async () => {
  const ttys = { ttyUSB0: 0, ttyUSB1: 1, ttyUSB2: 2, ttyUSB3: 3, ttyUSB4: 4, ttyUSB5: 5 };
  const found = (id: string) => madeRoot([{ at: '1-1.2', id, ttys }]).then((root) => findPorts({ root }));
  expect(await found('1e0e:9205')).toMatchObject({ port: '/dev/ttyUSB2', dataPort: '/dev/ttyUSB3' });
  expect(await found('1e0e:9206')).toMatchObject({ port: '/dev/ttyUSB2', dataPort: '/dev/ttyUSB5' });
});

test('families that share an id and mean the same ports are no doubt; all of them are named', async () => {
  const { how } = await findPorts({ root: await madeRoot([SIM7600], PI_4) });
  expect(how).toBe('USB 1e0e:9001, interface 2 (sim7000, sim7600)');
});

test.each([
  ['1e0e:9205', 3],
  ['1e0e:9206', 5],
])('SIM7070 as %s takes data calls at interface %i', async (id, data) => {
  const device = { at: '1-1.2', id, ttys: { ttyUSB0: 0, ttyUSB2: 2, [`ttyUSB${data}`]: data } };
  const found = await findPorts({ root: await madeRoot([device], PI_4) });
  expect(found).toMatchObject({ port: '/dev/ttyUSB2', dataPort: `/dev/ttyUSB${data}` });
});

test('numbers follow the interfaces, not the order in which the kernel named the ttys', async () => {
  const scrambled = { ...SIM7600, ttys: { ttyUSB0: 3, ttyUSB1: 2, ttyUSB2: 0 } };
  expect(await findPorts({ root: await madeRoot([scrambled], PI_4) })).toMatchObject({
    port: '/dev/ttyUSB1',
    dataPort: '/dev/ttyUSB0',
  });
});

test('a ttyACM, which hangs at its interface itself, is found as well', async () => {
  const acm = { ...SIM7600, ttys: { ttyACM0: 2 } };
  expect(await findPorts({ root: await madeRoot([acm], PI_4) })).toMatchObject({
    port: '/dev/ttyACM0',
    dataPort: undefined,
  });
});

test('two modems: refused, with both named, until a profile chooses', async () => {
  const root = await madeRoot([SIM7600, A7670], PI_4);
  const attempt = findPorts({ root });
  await expect(attempt).rejects.toMatchObject({ code: 'many-modem-ports', temporary: false });
  await expect(attempt).rejects.toThrow(/\/dev\/ttyUSB2 .*\/dev\/ttyUSB9 .*\[modem\] port/);
  expect(await findPorts({ root, profile: 'a7670' })).toMatchObject({
    port: '/dev/ttyUSB9',
    dataPort: '/dev/ttyUSB10',
  });
});

test('without a USB modem, the UART of the header by the model of the Pi', async () => {
  const uart = { 'dev/serial0': '', 'dev/ttyAMA0': '' };
  const four = await findPorts({ root: await madeRoot([CABLE], { ...PI_4, ...uart }) });
  expect(four).toEqual({
    port: '/dev/serial0',
    dataPort: undefined,
    how: 'the UART of the header (Raspberry Pi 4 Model B Rev 1.5)',
  });
  const five = await findPorts({ root: await madeRoot([], { ...PI_5, ...uart }) });
  expect(five.port).toBe('/dev/ttyAMA0');
});

test('a Pi whose UART is not enabled: what was found and what enables it, by model', async () => {
  const four = findPorts({ root: await madeRoot([CABLE], PI_4) });
  await expect(four).rejects.toMatchObject({ code: 'no-modem-port', temporary: true });
  await expect(four).rejects.toThrow(/\/dev\/serial0.*enable_uart=1.*ttyUSB7 \(10c4:ea60, interface 0\)/);
  const five = findPorts({ root: await madeRoot([], { ...PI_5, 'dev/serial0': '' }) });
  await expect(five).rejects.toThrow(/\/dev\/ttyAMA0.*dtoverlay=uart0-pi5.*USB ttys: none/);
});

test('another machine without a USB modem: said in words, with the key to set', async () => {
  await expect(findPorts({ root: await madeRoot([]) })).rejects.toThrow(
    /this machine has no header UART.*set \[modem\] port = "\/dev/,
  );
});

test("a modem's own USB port is told from a USB cable to a UART", async () => {
  const root = await madeRoot([SIM7600, CABLE]);
  expect(await isModemUsb('/dev/ttyUSB2', root)).toBe(true);
  expect(await isModemUsb('/dev/ttyUSB7', root)).toBe(false);
  expect(await isModemUsb('/dev/serial0', root)).toBe(false);
});
