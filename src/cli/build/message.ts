import { join } from 'node:path';
import type { Disposables } from '../../base/disposables.ts';
import type { SmsGateway } from '../../server/gateways/gateway.ts';
import type { AddressBook } from '../../server/message/address-book.ts';
import { type MessageServer, startMessageServer } from '../../server/message/message-server.ts';
import type { Policy } from '../../server/message/policy.ts';
import type { MessageServerConfig } from '../config/server/message.ts';
import type { ServerBuses } from './buses.ts';
import { openGateways } from './gateways/open.ts';
import type { ServerSurroundings } from './server.ts';

interface Surroundings extends ServerSurroundings {
  /** Directory of the server's state. */
  readonly state: string;
  readonly addressBook: AddressBook;
  readonly buses: ServerBuses;
  readonly owned: Disposables;
}

/** Starts the message server with its gateways. `lost`: a gateway that it cannot work without is over for good. */
export async function startMessages(
  config: MessageServerConfig,
  around: Surroundings,
  signal: AbortSignal,
): Promise<{ server: MessageServer; gateways: SmsGateway[]; lost: Promise<Error | undefined>[] }> {
  const { clock, observe, addressBook, owned, state } = around;
  const log = around.log.child({ room: 'message-server' });
  const opened = await openGateways(config, around, signal);
  const gateways = opened.map(({ gateway }) => gateway);
  const server = await startMessageServer(
    {
      bus: await around.buses.connect('message-server', signal),
      stateDirectory: join(state, 'devices'),
      addressBook,
      gateways,
      policy: { ...policyOf(config), ...around.policy },
      clock,
      log,
      observe,
    },
    signal,
  );
  return { server: owned.use(server), gateways, lost: opened.flatMap(({ lost }) => lost ?? []) };
}

function policyOf(config: MessageServerConfig): Partial<Policy> {
  return {
    defaultIntervalSeconds: config.interval,
    perHour: config.triggers_per_hour,
    perDay: config.triggers_per_day,
    perMonth: config.triggers_per_month,
  };
}
