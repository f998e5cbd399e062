import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import { expect, test } from 'vitest';
import { parseConfig } from '../../src/base/config.ts';
import { Disposables } from '../../src/base/disposables.ts';
import { silentLog } from '../../src/base/log.ts';
import { SimulatedClock } from '../../src/base/simulated-clock.ts';
import { openGateways } from '../../src/cli/build/gateways/open.ts';
import { serverConfig } from '../../src/cli/config/server.ts';
import { CONTRACTS } from '../server/gateways/http/contracts.ts';
import { outcomeOf, serverToml } from '../server/gateways/http/support.ts';
import { playHttp, reply } from '../support/played-http.ts';
import { temporaryDirectory } from '../support/room.ts';

test('a cost and a cap in server.toml hold for a provider, in a ledger that a restart finds', async () => {
  const { url } = await playHttp(reply(200, { messages: [{ status: '0', 'message-id': 'x' }] }));
  const more = `base_url = "${url}"\ncost = 0.08\ncap_per_day = 0.2`;
  const written = { provider: 'vonage', values: CONTRACTS.vonage!.values, more };
  const config = parseConfig('/etc/server.toml', serverToml(written), serverConfig);
  const state = await temporaryDirectory();
  const around = {
    log: silentLog,
    clock: new SimulatedClock(),
    observe: () => {},
    state,
    owned: new Disposables(),
  };
  const { signal } = new AbortController();
  const open = async () => {
    const [opened] = await openGateways(config.message_server!, around, signal);
    return opened!.gateway;
  };
  expect(await outcomeOf(await open())).toBe('taken');
  expect(await outcomeOf(await open())).toBe('taken');
  const ledger = join(state, 'gateways', 'first', 'ledger.json');
  expect(JSON.parse(await readFile(ledger, 'utf8'))).toMatchObject({ spentToday: 160_000 });
  expect(await outcomeOf(await open())).toMatchObject({ code: 'over-cap' });
});

test('what the example configuration says of costs holds for the gateways in it', async () => {
  const example = await readFile('fixtures/server.toml', 'utf8');
  const costs = [...example.matchAll(/^# {3}((?:cost|cap_per_\w+) = \S+)/gm)].map(([, line]) => line);
  expect(costs).toHaveLength(3);
  const gateway = { name: 'smsd', kind: 'smstools', ...parse(costs.join('\n')) };
  const read = serverConfig.safeParse({ broker: {}, message_server: { gateways: [gateway] } });
  expect(read.error?.issues ?? []).toEqual([]);
});
