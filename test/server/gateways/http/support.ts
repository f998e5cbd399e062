import { Writable } from 'node:stream';
import { type Clock, systemClock } from '../../../../src/base/clock.ts';
import { parseConfig } from '../../../../src/base/config.ts';
import { Disposables } from '../../../../src/base/disposables.ts';
import { createLog } from '../../../../src/base/log.ts';
import { openHttpGateway } from '../../../../src/cli/build/gateways/http.ts';
import type { HttpGatewayConfig } from '../../../../src/cli/config/server/gateways.ts';
import { serverConfig } from '../../../../src/cli/config/server.ts';
import type { SmsGateway } from '../../../../src/server/gateways/gateway.ts';

export const NUMBER = '+4915112345678';
export const TEXT = 'RP1AAAQAAAAAAAAACTUPHBQY5DLGEZ26A';

/** A gateway as `server.toml` has it. */
export interface Written {
  readonly provider?: string;
  readonly description?: string;
  readonly values?: Record<string, unknown>;
  readonly recipients?: Record<string, string>;
  readonly more?: string;
}

/** The whole of a server.toml with this gateway and nothing else; JSON strings are TOML's basic strings. */
export function serverToml(
  { values = {}, recipients = {}, more = '', ...written }: Written,
  bus = '[mqtt]\nurl = "mqtts://x"\nuser = "a"\npassword = "b"',
): string {
  const lines = (table: Record<string, unknown>) =>
    Object.entries(table).map(([key, value]) => `${JSON.stringify(key)} = ${JSON.stringify(value)}`);
  return [
    bus,
    '[message_server]\n[[message_server.gateways]]',
    'name = "first"\nkind = "http"',
    ...lines(written),
    more,
    '[message_server.gateways.values]',
    ...lines(values),
    '[message_server.gateways.recipients]',
    ...lines(recipients),
  ].join('\n');
}

/** Through configuration and building, as the server does it; `logged` is every line of its log. */
export async function gatewayAt(
  written: Written,
  clock: Clock = systemClock,
): Promise<{ gateway: SmsGateway; logged: string[] }> {
  const config = parseConfig('/etc/server.toml', serverToml(written), serverConfig);
  const [gateway] = config.message_server?.gateways ?? [];
  const logged: string[] = [];
  const sink = new Writable({
    write: (chunk, _encoding, done) => {
      logged.push(String(chunk));
      done();
    },
  });
  const around = {
    log: createLog('trace', sink),
    clock,
    observe: () => {},
    state: '/nowhere',
    owned: new Disposables(),
    ringMs: 1,
  };
  const opened = await openHttpGateway(gateway as HttpGatewayConfig, around);
  return { gateway: opened.gateway, logged };
}

/** What sending leads to: `taken`, or the error. */
export async function outcomeOf(gateway: SmsGateway, number = NUMBER): Promise<unknown> {
  const { signal } = new AbortController();
  return gateway.sendSms?.(number, TEXT, signal).then(
    () => 'taken',
    (error: unknown) => error,
  );
}
