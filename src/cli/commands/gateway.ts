import { callControl } from '../../base/control.ts';
import { Disposables } from '../../base/disposables.ts';
import { codeOf } from '../../base/errors.ts';
import { tryGateway } from '../../server/gateways/try-gateway.ts';
import { openGateways } from '../build/gateways/open.ts';
import { processSurroundings } from '../build/process.ts';
import { type Command, UsageError } from '../command.ts';
import { loadSecretConfig } from '../config/load.ts';
import { phoneNumber } from '../config/parts.ts';
import { type ServerConfig, serverConfig } from '../config/server.ts';

export const gateway: Command = {
  operands: 'NAME NUMBER',
  options: {
    config: { type: 'string', short: 'c', value: 'FILE', help: "the server's configuration" },
  },
  details: `
Sends one short text to the number through the gateway of that name, past the others, and tells what came back. It costs what a
text costs. The running server sends it; when none runs, this command opens the gateway itself.

  ringpost gateway backup +4915112345678 --config /etc/ringpost/server.toml`,
  async run(args, signal) {
    const [name, number, ...rest] = args.positionals;
    if (name === undefined || number === undefined || rest.length > 0)
      throw new UsageError('name one gateway and one number: ringpost gateway NAME NUMBER');
    const checked = phoneNumber.safeParse(number);
    if (!checked.success) throw new UsageError(checked.error.issues[0]?.message ?? 'bad number');
    const config = await loadSecretConfig(args.text('config'), serverConfig);
    const asked = { gateway: name, number };
    try {
      await callControl(config.socket, 'try-gateway', asked, { signal });
    } catch (error) {
      if (codeOf(error) !== 'no-agent') throw error;
      await tryOurselves(config, asked, signal);
    }
    process.stdout.write(`${name} took the text\n`);
    return 0;
  },
};

/** Opens no other gateway: a modem that is not asked may be in use. */
async function tryOurselves(
  config: ServerConfig,
  asked: { gateway: string; number: string },
  signal: AbortSignal,
): Promise<void> {
  const section = config.message_server;
  if (!section) throw new UsageError('the configuration has no section [message_server]');
  const gateways = section.gateways.filter(({ name }) => name === asked.gateway);
  const modem = asked.gateway === 'modem' ? section.modem : undefined;
  if (gateways.length === 0 && !modem) {
    const names = [...(section.modem ? ['modem'] : []), ...section.gateways.map(({ name }) => name)];
    throw new UsageError(`there is no gateway "${asked.gateway}"; there are: ${names.join(', ')}`);
  }
  const around = { ...processSurroundings('server', config.log, false), state: config.state };
  await using owned = new Disposables();
  const opened = await openGateways({ ...section, gateways, modem }, { ...around, owned }, signal);
  await tryGateway(
    opened.map((one) => one.gateway),
    asked,
    around.clock,
    signal,
  );
}
