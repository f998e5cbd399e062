import { expect, test } from 'vitest';
import { gatewayAt, NUMBER, outcomeOf, TEXT } from '../server/gateways/http/support.ts';
import { KANNEL_USER, runKannel } from '../support/kannel.ts';
import { need } from '../support/program.ts';

test('Kannel takes a second trigger by its description, with or without an SMSC, and its refusals are understood', async () => {
  await need('bearerbox', 'kannel');
  const kannel = await runKannel();
  const at = async (values: Record<string, string>) =>
    (await gatewayAt({ provider: 'kannel', values, more: `base_url = "${kannel.url}"` })).gateway;

  expect(await outcomeOf(await at(KANNEL_USER))).toBe('taken');
  const sent = await kannel.centre();
  expect((await sent.next()).value).toBe(`13013 ${NUMBER} text ${TEXT}`);

  expect(await outcomeOf(await at({ ...KANNEL_USER, from: 'A&B' }))).toBe('taken');
  expect((await sent.next()).value).toBe(`A&B ${NUMBER} text ${TEXT}`);

  const wrong = await outcomeOf(await at({ ...KANNEL_USER, password: 'geheim' }));
  expect(wrong).toMatchObject({ code: 'not-allowed', temporary: false, surely: true });
  expect((wrong as Error).message).toContain('Authorization failed');
});
