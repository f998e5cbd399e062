import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { GatewayError } from '../../../../src/server/gateways/errors.ts';
import { loadProvider, providers } from '../../../../src/server/gateways/http/descriptions.ts';
import { playHttp, reply } from '../../../support/played-http.ts';
import { CONTRACTS } from './contracts.ts';
import { gatewayAt, NUMBER, outcomeOf, TEXT } from './support.ts';

test('each description that is shipped can be used, names its sources, and has a contract here', () => {
  expect(providers()).toEqual(Object.keys(CONTRACTS).sort());
  for (const name of providers()) expect(loadProvider(name).sources.length).toBeGreaterThan(0);
});

test('the page of the hardware folder has each of them, with the values that it wants', async () => {
  const page = await readFile(join(import.meta.dirname, '../../../../hardware/README.md'), 'utf8');
  for (const name of providers()) {
    const row = page.split('\n').find((line) => line.startsWith(`| \`${name}.json\``));
    for (const value of Object.keys(loadProvider(name).values)) expect(row, name).toContain(`\`${value}\``);
  }
});

describe.each(Object.entries(CONTRACTS))('%s', (provider, contract) => {
  const { values, recipients = {}, request, success, errors } = contract;
  const at = (url: string) => gatewayAt({ provider, values, recipients, more: `base_url = "${url}/"` });

  test('the request is the one of its documentation, and the success is one', async () => {
    const server = await playHttp(reply(success.status, success.body));
    const { gateway, logged } = await at(server.url);
    expect(await outcomeOf(gateway)).toBe('taken');
    expect(server.received).toHaveLength(1);
    const [got] = server.received;
    const url = new URL(got!.target, server.url);
    expect([got!.method, url.pathname]).toEqual([request.method, request.path]);
    expect(Object.fromEntries(url.searchParams)).toEqual(request.query ?? {});
    expect(got!.headers.authorization).toBe(request.authorization);
    expect(got!.headers['content-type']).toBe(request.contentType);
    expect(got!.body).toBe(request.body);
    if (success.id !== undefined) expect(logged.join('')).toContain(success.id);
  });

  test.each(errors)('%i %j is %s', async (status, body, code, temporary, surely) => {
    const server = await playHttp(reply(status, body));
    const { gateway } = await at(server.url);
    const error = await outcomeOf(gateway);
    expect(error).toBeInstanceOf(GatewayError);
    expect(error).toMatchObject({ code, temporary, surely, fields: { status } });
    expect((error as Error).message).toContain(`HTTP ${status}`);
    expectNoSecrets(error, secretsOf(provider, values));
  });
});

function secretsOf(provider: string, values: Record<string, string>): string[] {
  const secrets = Object.entries(loadProvider(provider).values).filter(([, { secret }]) => secret);
  return [...secrets.map(([name]) => values[name] ?? ''), TEXT, NUMBER, NUMBER.slice(1)];
}

function expectNoSecrets(error: unknown, secrets: readonly string[]) {
  const { message, fields, stack } = error as GatewayError;
  const shown = JSON.stringify({ message, fields, stack, ...(error as object) });
  for (const secret of secrets) {
    expect(shown).not.toContain(`"${secret}"`);
    if (secret.length > 5) expect(shown).not.toContain(secret);
  }
}
