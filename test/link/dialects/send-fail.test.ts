import { once } from 'node:events';
import { expect, test } from 'vitest';
import { type Clock, systemClock } from '../../../src/base/clock.ts';
import { SimulatedClock } from '../../../src/base/simulated-clock.ts';
import { finalResult } from '../../../src/simulator/simulated-modem/refusal.ts';
import { listening, until } from '../room.ts';
import { modemOf, SPOKEN, type Spoken, speaking } from './room.ts';

const spokenAs = (name: string) => SPOKEN.find(({ dialect }) => dialect === name) as Spoken;

/** A connection whose first sends end like this; the bytes of those are lost in the modem. */
async function failing(name: string, result: string, times: number, clock: Clock = systemClock) {
  const spoken = spokenAs(name);
  let got = '';
  const port = await listening((socket) => socket.on('data', (bytes) => (got += bytes)));
  const room = await speaking(spoken, { clock });
  const socket = room.link.connect('mail.test', port);
  await once(socket, 'connect');
  let left = times;
  room.over[spoken.sendCommand] = async (command, answer) => {
    await answer.prompt({ length: Number(command.values[1]) });
    left -= 1;
    if (left === 0) delete room.over[spoken.sendCommand];
    throw finalResult(result);
  };
  return { ...room, spoken, socket, got: () => got };
}

test('SEND FAIL of Quectel is a full buffer: the same bytes are sent again, once they fit', async () => {
  const { socket, got, count, link } = await failing('quectel', 'SEND FAIL', 2);
  socket.write('all of it');
  await until(() => got() === 'all of it');
  expect(count('+QISEND=0,9')).toBe(3);
  expect(link.cost().bytesUp).toBe(9);
});

test('a connection that is given up while the buffer is full sends no more', async () => {
  const clock = new SimulatedClock();
  const { socket, got, count } = await failing('quectel', 'SEND FAIL', 2, clock);
  socket.on('error', () => {});
  socket.write('too late!');
  await until(() => count('+QISEND=0,9') === 1);
  socket.destroy();
  await until(() => count('+QICLOSE=0') === 1);
  await clock.advance(30_000);
  expect(count('+QISEND=0,9')).toBe(1);
  expect(got()).toBe('');
});

test('SEND FAIL of SIM800 is the end of the connection', async () => {
  const { socket, link } = await failing('sim800', '0, SEND FAIL', 1);
  socket.write('all of it');
  const [error] = await once(socket, 'error');
  expect(error).toMatchObject({
    code: 'connection-lost',
    message: 'AT+CIPSEND=0,9: the modem took 0 of 9 bytes',
  });
  expect(link.cost().bytesUp).toBe(0);
});

test('a refusal of Quectel says why, for its ERROR does not', async () => {
  const { link, over } = await speaking(spokenAs('quectel'));
  const port = await listening((socket) => socket.resume());
  const socket = link.connect('mail.test', port);
  await once(socket, 'connect');
  over['+QIGETERROR'] = (_, answer) => answer.line('+QIGETERROR: 567,socket has been closed');
  over['+QISEND'] = () => {
    throw finalResult('ERROR');
  };
  socket.write('late');
  expect((await once(socket, 'error'))[0]).toMatchObject({
    name: 'SocketRefused',
    message: 'AT+QISEND=0,4: error 567 (the connection is closed)',
  });
});

test('a session that Quectel refuses is told with the number of its error', async () => {
  const { modem, open } = modemOf(spokenAs('quectel'));
  modem.setRegistration(3);
  await expect(open()).rejects.toMatchObject({
    message: 'the data session was refused: AT+QIACT=1: error 561 (failed to open the PDP context)',
  });
});
