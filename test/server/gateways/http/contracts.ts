import { NUMBER, TEXT } from './support.ts';

/** What a provider's documentation says of one text: what is asked, and what each answer means. */
export interface Contract {
  readonly values: Record<string, string>;
  readonly recipients?: Record<string, string>;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly query?: Record<string, string>;
    readonly authorization?: string;
    readonly contentType?: string;
    /** The body as it goes over the wire. */
    readonly body: string;
  };
  readonly success: { readonly status: number; readonly body: unknown; readonly id?: string };
  /** status, body, and then the error: code, temporary, surely. */
  readonly errors: readonly (readonly [number, unknown, string, boolean, boolean])[];
}

const basic = (user: string, password: string) => `Basic ${btoa(`${user}:${password}`)}`;
const FORM = 'application/x-www-form-urlencoded';
const JSON_TYPE = 'application/json';

const account = `AC${'0a'.repeat(16)}`;
const twilioError = (code: number, message: string, status: number) => ({
  code,
  message,
  more_info: `https://www.twilio.com/docs/errors/${code}`,
  status,
});
const twilio: Contract = {
  values: { account, token: 'auth token/+', from: '+14155552345' },
  request: {
    method: 'POST',
    path: `/2010-04-01/Accounts/${account}/Messages.json`,
    authorization: basic(account, 'auth token/+'),
    contentType: FORM,
    body: `To=%2B4915112345678&From=%2B14155552345&Body=${TEXT}`,
  },
  success: {
    status: 201,
    body: { sid: `SM${'a'.repeat(32)}`, status: 'queued', error_code: null, to: NUMBER, body: TEXT },
    id: `SM${'a'.repeat(32)}`,
  },
  errors: [
    [400, twilioError(21211, `Invalid 'To' Phone Number: ${NUMBER}`, 400), 'bad-number', false, true],
    [400, twilioError(21610, 'Attempt to send to unsubscribed recipient', 400), 'bad-number', false, true],
    [400, twilioError(21608, 'The number is unverified', 400), 'not-allowed', false, true],
    [400, twilioError(21606, 'The From phone number is not valid', 400), 'refused', false, true],
    [401, twilioError(20003, 'Authenticate', 401), 'not-allowed', false, true],
    [429, twilioError(20429, 'Too Many Requests', 429), 'throttled', true, true],
    [429, twilioError(21611, "This 'From' number has exceeded its queue", 429), 'throttled', true, true],
    [400, twilioError(21730, 'System under maintenance', 400), 'not-sent', true, true],
    [404, twilioError(20404, 'The requested resource was not found', 404), 'refused', false, true],
    [500, twilioError(20500, 'Internal Server Error', 500), 'not-sent', true, false],
    [503, 'Service Unavailable', 'not-sent', true, true],
  ],
};

const vonageReply = (status: string, text: string) => ({
  'message-count': '1',
  messages: [{ status, 'error-text': text }],
});
const vonage: Contract = {
  values: { key: 'abcd1234', secret: 's&cret=', from: 'Ringpost' },
  request: {
    method: 'POST',
    path: '/sms/json',
    contentType: FORM,
    body: `api_key=abcd1234&api_secret=s%26cret%3D&from=Ringpost&to=4915112345678&text=${TEXT}`,
  },
  success: {
    status: 200,
    body: {
      'message-count': '1',
      messages: [{ to: '4915112345678', 'message-id': '0C000000217B7F02', status: '0' }],
    },
    id: '0C000000217B7F02',
  },
  // Each with status 200: the answer's own status says it.
  errors: [
    [200, vonageReply('1', 'Throughput Rate Exceeded'), 'throttled', true, true],
    [200, vonageReply('2', 'Missing from param'), 'refused', false, true],
    [200, vonageReply('3', 'Invalid value for param'), 'refused', false, true],
    [200, vonageReply('4', 'Bad Credentials'), 'not-allowed', false, true],
    [200, vonageReply('5', 'Internal error'), 'not-sent', true, false],
    [200, vonageReply('6', 'Unroutable message'), 'bad-number', false, true],
    [200, vonageReply('7', 'Number barred'), 'bad-number', false, true],
    [200, vonageReply('8', 'Partner account barred'), 'not-allowed', false, true],
    [200, vonageReply('9', 'Quota Exceeded - rejected'), 'no-credit', false, true],
    [200, vonageReply('10', 'Too many existing binds'), 'throttled', true, true],
    [200, vonageReply('99', 'Something new'), 'refused', false, true],
    [429, '', 'throttled', true, true],
  ],
};

const sinch: Contract = {
  values: { service_plan: 'jd63jf88477ll123ab4567cd89012ef3', token: 'to.ken', from: '12345' },
  request: {
    method: 'POST',
    path: '/xms/v1/jd63jf88477ll123ab4567cd89012ef3/batches',
    authorization: 'Bearer to.ken',
    contentType: JSON_TYPE,
    body: JSON.stringify({ from: '12345', to: [NUMBER], body: TEXT }),
  },
  success: {
    status: 201,
    body: { id: '01FC66621XXXXX119Z8PMV1QPQ', to: ['4915112345678'], from: '12345', canceled: false },
    id: '01FC66621XXXXX119Z8PMV1QPQ',
  },
  errors: [
    [400, { code: 'syntax_invalid_json', text: 'JSON' }, 'refused', false, true],
    [400, { code: 'syntax_invalid_parameter_format', text: 'MSISDN' }, 'bad-number', false, true],
    [400, { code: 'syntax_constraint_violation', text: 'missing' }, 'refused', false, true],
    [401, '', 'not-allowed', false, true],
    [403, { code: 'unknown_campaign', text: 'campaign' }, 'not-allowed', false, true],
    [404, '', 'refused', false, true],
    [429, '', 'throttled', true, true],
    [500, '', 'not-sent', true, true],
    [503, '', 'not-sent', true, true],
  ],
};

const kannel: Contract = {
  values: { username: 'foo', password: 'b&r', from: '12345' },
  request: {
    method: 'GET',
    path: '/cgi-bin/sendsms',
    query: { to: NUMBER, from: '12345', text: TEXT, coding: '0', username: 'foo', password: 'b&r' },
    body: '',
  },
  success: { status: 202, body: '0: Accepted for delivery' },
  errors: [
    [403, 'Authorization failed for sendsms', 'not-allowed', false, true],
    [403, 'Not routable. Do not try again.', 'bad-number', false, true],
    [400, 'Empty receiver number not allowed, rejected', 'bad-number', false, true],
    [400, 'Sender missing and no global set, rejected', 'refused', false, true],
    [404, 'Unknown request.', 'refused', false, true],
    [500, 'Sending failed.', 'not-sent', true, false],
    [503, 'Temporal failure, try again later.', 'not-sent', true, true],
    [202, 'something else', 'not-sent', true, false],
  ],
};

const smsGate: Contract = {
  values: { username: 'sms', password: 'pass', sim: '2' },
  request: {
    method: 'POST',
    path: '/messages',
    authorization: basic('sms', 'pass'),
    contentType: JSON_TYPE,
    body: JSON.stringify({
      textMessage: { text: TEXT },
      phoneNumbers: [NUMBER],
      simNumber: 2,
      withDeliveryReport: false,
      ttl: 3600,
    }),
  },
  success: {
    status: 202,
    body: { id: 'PyDmBQZZXYmyxMwED8Fzy', state: 'Pending', recipients: [{ phoneNumber: NUMBER }] },
    id: 'PyDmBQZZXYmyxMwED8Fzy',
  },
  errors: [
    [202, { id: 'x', state: 'Failed', recipients: [{ error: 'No SIM' }] }, 'not-sent', true, true],
    [400, { message: 'Invalid phone number' }, 'bad-number', false, true],
    [400, { message: 'Invalid device ID' }, 'refused', false, true],
    [401, { message: 'Unauthorized' }, 'not-allowed', false, true],
    [403, { message: 'Forbidden' }, 'not-allowed', false, true],
    [500, { message: 'oops' }, 'not-sent', true, false],
    [503, { message: 'queue limits exceeded' }, 'throttled', true, true],
  ],
};

const hologram: Contract = {
  values: { api_key: 'key' },
  recipients: { [NUMBER]: '1618549' },
  request: {
    method: 'POST',
    path: '/sms/incoming',
    authorization: basic('apikey', 'key'),
    contentType: JSON_TYPE,
    body: JSON.stringify({ deviceid: 1_618_549, body: TEXT }),
  },
  success: { status: 200, body: { success: true } },
  errors: [
    [200, { success: false, error: 'Insufficient balance' }, 'no-credit', false, true],
    [200, { success: false, error: 'Device not found' }, 'refused', false, true],
    [401, { success: false, error: 'Unauthorized' }, 'not-allowed', false, true],
    [429, '', 'throttled', true, true],
    [502, '', 'not-sent', true, false],
  ],
};

export const CONTRACTS: Readonly<Record<string, Contract>> = {
  twilio,
  vonage,
  sinch,
  kannel,
  'sms-gate': smsGate,
  hologram,
};
