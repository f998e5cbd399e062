import { explainResult } from './result-codes.ts';

/** What people call the commands and codes that cross the line. Keys as they stand there, without `AT` and `:`. */
const WORDS: Readonly<Record<string, string>> = {
  AT: 'are you there?',
  ATA: 'answer the call',
  ATD: 'dial',
  ATE0: 'echo off',
  ATE1: 'echo on',
  ATH: 'hang up',
  ATI: 'identify',
  ATO: 'back to data',
  ATZ: 'reset the settings',
  RING: 'incoming call',
  'NO CARRIER': 'the call has ended',
  BUSY: 'busy',
  'NO ANSWER': 'nobody answers',
  CONNECT: 'data from here on',
  RDY: 'the modem has started',
  '+CRING': 'incoming call',
  '+CLIP': 'number of the caller',
  '+CLCC': 'list of calls',
  '+CHUP': 'hang up',
  '+CHLD': 'calls on hold',
  '+CVHU': 'what ATH hangs up',
  '+CMEE': 'errors in words',
  '+CPIN': 'SIM PIN',
  '+CREG': 'registration',
  '+CGREG': 'registration, packet',
  '+CEREG': 'registration, LTE',
  '+COPS': 'operator',
  '+CSQ': 'signal quality',
  '+CCLK': 'clock',
  '+CTZU': 'clock from the network',
  '+CTZV': 'time zone from the network',
  '+CGMM': 'model',
  '+CGMI': 'maker',
  '+CGMR': 'firmware',
  '+CGSN': 'IMEI',
  '+CIMI': 'IMSI',
  '+CNUM': 'own number',
  '+CSCA': 'service centre for SMS',
  '+CSCS': 'character set',
  '+CSMS': 'SMS service',
  '+CMGF': 'SMS format',
  '+CPMS': 'SMS storage',
  '+CNMI': 'how new SMS are told',
  '+CMTI': 'new SMS stored',
  '+CMT': 'new SMS',
  '+CDS': 'status report',
  '+CDSI': 'status report stored',
  '+CMGL': 'list SMS',
  '+CMGR': 'read SMS',
  '+CMGS': 'send SMS',
  '+CMGW': 'store SMS',
  '+CMGD': 'delete SMS',
  '+CUSD': 'USSD',
  '+CFUN': 'radio on or off',
  '+CGATT': 'packet service',
  '+CGDCONT': 'access point',
  '+CGAUTH': 'access point, user',
  '+CGACT': 'PDP context',
  '+CGDATA': 'start data',
  '+CGEV': 'packet event',
  '+NETOPEN': 'open the data session',
  '+NETCLOSE': 'close the data session',
  '+CIPMODE': 'sockets: command mode',
  '+CIPSENDMODE': 'sockets: wait for acknowledgements',
  '+CIPOPEN': 'connect',
  '+CIPSEND': 'send on a connection',
  '+CIPRXGET': 'receive on a connection',
  '+CIPCLOSE': 'close a connection',
  '+IPCLOSE': 'a connection was closed',
  '+CIPEVENT': 'the data session is lost',
  '+CIPERROR': 'sockets error',
  '+IP ERROR': 'sockets error',
  '+CIPSHUT': 'close the data session',
  '+CIPMUX': 'sockets: several connections',
  '+CIPQSEND': 'sockets: wait for acknowledgements',
  '+CSTT': 'access point',
  '+CIICR': 'open the data session',
  '+CIFSR': 'own address',
  '+CIPSTART': 'connect',
  '+CDNSGIP': 'resolve a name',
  '+PDP': 'the data session is lost',
  '+QICSGP': 'access point',
  '+QIACT': 'open the data session',
  '+QIDEACT': 'close the data session',
  '+QIOPEN': 'connect',
  '+QISEND': 'send on a connection',
  '+QIRD': 'receive on a connection',
  '+QICLOSE': 'close a connection',
  '+QIGETERROR': 'why that was refused',
  '+QIURC': 'socket event',
};

/** What a line that the modem sent means, in words; undefined where it speaks for itself. */
export function explainIncoming(line: string): string | undefined {
  const words = explainResult(line);
  if (words) return words;
  const name = line.startsWith('CONNECT') ? 'CONNECT' : line.split(':', 1)[0];
  return name === undefined ? undefined : WORDS[name];
}

/** What the commands of a text mean, in words: `errors in words; registration`. */
export function explainCommand(text: string): string | undefined {
  const bare = text.replace(/"[^"]*"/g, '""').toUpperCase();
  const whole = WORDS[bare] ?? (/^ATD/.test(bare) ? WORDS.ATD : undefined);
  if (whole) return whole;
  const names = [...bare.matchAll(/(?:^AT|;)([+^*#$%&][A-Z]+)/g)].map(([, name]) => WORDS[name ?? '']);
  const known = names.filter((words) => words !== undefined);
  return known.length > 0 ? known.join('; ') : undefined;
}
