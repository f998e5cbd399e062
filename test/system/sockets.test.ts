import { expect, test } from 'vitest';
import { SIM7600 } from '../../src/simulator/personalities.ts';
import { startSystem } from '../support/system.ts';

/** A modem of each family as far as its name and its sockets go, and the commands of one session in their order. */
const FAMILIES = [
  {
    model: 'SIMCOM_SIM800L',
    sockets: 'sim800',
    cycle: ['+CIICR', '+CIFSR', '+CIPSTART', '+CIPSEND', '+CIPSHUT'],
  },
] as const;

test.each(FAMILIES)('the whole chain over the sockets of $model', async ({ model, sockets, cycle }) => {
  const system = await startSystem({ modem: { personality: { ...SIM7600, model, sockets } } });
  const { device: serial } = system.serial;
  for (const subject of ['First', 'Second']) {
    const from = serial.crossed.length;
    const since = system.timeline.mark();
    await system.arrives(await system.send(subject));
    await system.sessionOver(since);
    const sent = serial.commands(from);
    const places = cycle.map((name) =>
      sent.indexOf(name, name === '+CIPSHUT' ? sent.indexOf('+CIPSEND') : 0),
    );
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places).not.toContain(-1);
  }
  expect(await system.mails()).toHaveLength(2);
  // Every connection that was opened is closed again.
  expect(system.happened('connected')).toHaveLength(system.happened('disconnected').length);
});
