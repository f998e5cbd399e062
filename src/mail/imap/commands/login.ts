import type { Account } from '../../account.ts';
import { MailError } from '../../errors.ts';
import { Capabilities } from '../capabilities.ts';
import type { Command, CommandPart } from '../command.ts';
import { isPassing } from '../dialogue.ts';
import type { DataResponse, StatusResponse } from '../wire/response-reader.ts';
import { astring, string } from '../wire/strings.ts';

/**
 * Logs in; the result is what the server then says it can do, undefined when it said nothing.
 * LOGIN where it is allowed: it may share its flight with more. AUTHENTICATE PLAIN elsewhere, alone in its flight:
 * some servers (Cyrus 3.6) lose commands that come in the same write.
 */
export function loginCommand(
  account: Account,
  capabilities: Capabilities,
): Command<Capabilities | undefined> {
  let announced: Capabilities | undefined;
  return {
    verb: 'login',
    vital: true,
    ...credentials(account, capabilities),
    data: (response: DataResponse | StatusResponse) => {
      announced = Capabilities.in(response) ?? announced;
    },
    result: (completion) => Capabilities.in(completion) ?? announced,
    refused: (completion) => {
      throw refusal(account, completion);
    },
  };
}

function credentials(account: Account, capabilities: Capabilities): { parts: CommandPart[]; holds: boolean } {
  if (!capabilities.has('LOGINDISABLED')) {
    return { parts: ['LOGIN ', astring(account.user), ' ', string(account.password)], holds: false };
  }
  if (!capabilities.has('AUTH=PLAIN')) {
    throw new MailError(
      `login to ${account.host} as ${account.user}: it takes neither LOGIN nor AUTH=PLAIN`,
      {
        code: 'auth-refused',
        fields: { host: account.host, capabilities: capabilities.names },
      },
    );
  }
  // RFC 4616: authorisation identity (none), user, password.
  const answer = Buffer.from(`\0${account.user}\0${account.password}`).toString('base64');
  const parts = capabilities.has('SASL-IR')
    ? [`AUTHENTICATE PLAIN ${answer}`]
    : ['AUTHENTICATE PLAIN', { answer }];
  return { parts, holds: true };
}

function refusal(account: Account, completion: StatusResponse): MailError {
  const passing = isPassing(completion);
  const text = completion.text.replaceAll(account.password, '…');
  return new MailError(`login to ${account.host} as ${account.user}: ${completion.status} ${text}`, {
    code: passing ? 'server-refused' : 'auth-refused',
    temporary: passing,
    fields: { host: account.host, user: account.user, response: completion.code?.name },
  });
}
