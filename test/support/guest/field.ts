import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { stringify } from 'smol-toml';
import { makeCertificate } from '../../../src/cli/certificate.ts';
import { DEVICE, type DeviceTable, type ServerTable, USER } from '../../../src/cli/demo/parts.ts';
import { sealTrigger } from '../../../src/trigger/seal.ts';
import type { Guest } from './guest.ts';
import { Handheld } from './handheld.ts';
import { Program } from './program.ts';

const CHECKOUT = resolve('.');
/** The compiled program, as a user runs it. */
export const RINGPOST = `node ${join(CHECKOUT, 'dist/cli/main.js')}`;
export const HANDHELD_NUMBER = '+9990000001';
const HERE = join(CHECKOUT, 'test/support/guest');
const HOST = 'mail.ringpost.test';
const SERVERS = '192.0.2.1';
const HOME = '/home/handheld';

/** Who runs the agent, and how it gets its data sessions. */
export interface Way {
  readonly user: string;
  /** Unix socket of pppd's unit. */
  readonly socket?: string;
  /** A tty of its own for data calls. */
  readonly twoTtys?: boolean;
}

/** Modems, a carrier with the server half behind it, and handhelds, all in a guest. */
export class Field {
  readonly guest: Guest;
  network!: Program;
  server!: Program;
  #secret = '';
  /** A second key, for triggers that the test seals itself. */
  readonly #own = { id: 2, secret: randomBytes(32) };
  #counter = 0;
  #sent = 0;

  constructor(guest: Guest) {
    this.guest = guest;
  }

  /** Lays out the places and starts simulated modems and the server half. */
  async start(): Promise<void> {
    const { guest } = this;
    await guest.must(`CHECKOUT=${CHECKOUT} sh ${HERE}/lay-out.sh`);
    await guest.must(`install -m 755 ${HERE}/carrier.sh /mnt/share/carrier`);
    const tls = await makeCertificate(HOST);
    for (const [name, pem] of Object.entries(tls)) await writeFile(join(guest.share, `server.${name}`), pem);
    await this.#toml('/root/server.toml', serverTable, 'root');
    const modems = `simulate --modems 3 --baud 230400 --data-ports --links /run/modems --carrier /mnt/share/carrier --json`;
    this.network = new Program(await guest.start(`exec ${RINGPOST} ${modems}`));
    const key = await guest.must(
      `${RINGPOST} keys new ${DEVICE} --number ${HANDHELD_NUMBER} --config /root/server.toml`,
    );
    this.#secret = /secret = "([0-9a-f]+)"/.exec(key)?.[1] ?? '';
    await this.network.says(/modem3/);
    this.server = new Program(
      await guest.start(`exec ip netns exec carrier ${RINGPOST} server --config /root/server.toml --json`),
    );
  }

  /** A handheld that listens. The way before it has to be stopped. */
  async handheld(way: Way): Promise<Handheld> {
    const { guest } = this;
    await guest.must(`chmod 666 $(readlink -f /run/modems/modem1 /run/modems/modem1-data)`);
    await guest.must(`install -d -o ${way.user} /run/ringpost ${HOME} && chown -R ${way.user} ${HOME}`);
    await this.#toml(`${HOME}/device.toml`, this.#deviceTable(way), way.user);
    const as = `setpriv --reuid=${way.user} --regid=${way.user} --init-groups ${RINGPOST}`;
    await guest.must(`[ -e ${HOME}/state/counters.json ] || ${as} keys accept --config ${HOME}/device.toml`);
    const agent = new Program(await guest.start(`exec ${as} device --config ${HOME}/device.toml --json`));
    const handheld = new Handheld(guest, agent, `${HOME}/Mail`);
    await Promise.all([agent.step('listening', 0), this.server.says(/message server, by the modem/)]);
    return handheld;
  }

  /** Sends a mail by SMTP; gives what was sent. */
  async send(text: string): Promise<string> {
    this.#sent += 1;
    const file = `mail-${this.#sent}`;
    const head = `From: grace@example.org\r\nTo: ${USER.address}\r\nSubject: ${file}\r\nMessage-ID: <${file}@test>\r\n`;
    const mail = `${head}\r\n${text}\r\n`;
    await writeFile(join(this.guest.share, file), mail);
    const to = `--mail-from grace@example.org --mail-rcpt ${USER.address} -T /mnt/share/${file}`;
    await this.guest.must(`ip netns exec carrier curl -sS smtp://${SERVERS}:25 ${to}`);
    return mail;
  }

  /** Rings the handheld with an SMS from the third modem. */
  async ring(): Promise<void> {
    this.#counter += 1;
    const token = sealTrigger(this.#own, DEVICE, this.#counter);
    const tty = '/run/modems/modem3';
    const say = `printf 'AT+CMGF=1\\r'; sleep 0.3; printf 'AT+CMGS="${HANDHELD_NUMBER}"\\r'; sleep 0.3; printf '${token}\\032'`;
    await this.guest.must(
      `stty -F ${tty} raw -echo; exec 5<>${tty}; { ${say}; } >&5; grep -m 1 '^+CMGS:' <&5`,
    );
  }

  /** How the carrier takes the next data calls; see carrier.sh. */
  async carrier(settings: { options?: string; silent?: boolean }): Promise<void> {
    const { options = '', silent = false } = settings;
    await writeFile(
      join(this.guest.share, 'carrier.options'),
      `options='${options}'\nsilent=${silent ? 'yes' : ''}\n`,
    );
  }

  /** From now on the carrier wants a password by CHAP; the handheld has this one. */
  async chapPassword(wanted: string, held: string): Promise<void> {
    const { guest } = this;
    // What is below /etc/netns/NAME replaces /etc in that name space (ip-netns(8)).
    const secrets = '/etc/netns/carrier/ppp';
    await guest.must(`mkdir -p ${secrets}; echo 'ada * "${wanted}" *' >${secrets}/chap-secrets`);
    await guest.must(
      `echo 'ada * "${held}"' >/etc/ppp/chap-secrets; chmod 600 ${secrets}/* /etc/ppp/chap-secrets`,
    );
    await guest.must(
      `grep -qx 'user "ada"' /etc/ppp/peers/ringpost || echo 'user "ada"' >>/etc/ppp/peers/ringpost`,
    );
    await this.carrier({ options: 'require-chap name carrier' });
  }

  /** Stands in for ringpost-ppp.socket: the wrapper gets each connection as its standard input and output. */
  async listenForSessions(path: string): Promise<void> {
    await this.guest.must('install -d /run/ringpost');
    const wrapper = 'EXEC:/usr/local/lib/ringpost/ringpost-ppp-run,nofork';
    await this.guest.start(`exec socat UNIX-LISTEN:${path},fork,group=ringpost,mode=660 ${wrapper}`);
    await this.guest.must(`until [ -S ${path} ]; do sleep 0.1; done`);
  }

  #deviceTable({ socket, twoTtys = false }: Way): DeviceTable {
    const tls = { ca: '/mnt/share/server.cert' };
    return {
      device: DEVICE,
      state: `${HOME}/state`,
      socket: `${HOME}/device.sock`,
      mail: `${HOME}/Mail`,
      modem: {
        port: '/run/modems/modem1',
        ...(twoTtys && { data_port: '/run/modems/modem1-data' }),
        serial_log: `${HOME}/serial.log`,
      },
      link: socket === undefined ? {} : { socket },
      imap: { host: HOST, user: USER.name, password: USER.password, ...tls },
      message_server: { host: HOST, ...tls },
      trigger: {
        keys: [
          { id: 1, secret: this.#secret },
          { id: this.#own.id, secret: this.#own.secret.toString('hex') },
        ],
      },
      budget: { sessions_per_hour: 1000, sessions_per_day: 1000, call_sessions_per_hour: 100 },
    };
  }

  async #toml(path: string, table: object, owner: string): Promise<void> {
    await writeFile(join(this.guest.share, 'toml'), stringify(JSON.parse(JSON.stringify(table))));
    await this.guest.must(`install -o ${owner} -m 600 /mnt/share/toml ${path}; rm /mnt/share/toml`);
  }
}

const serverTable: ServerTable = {
  state: '/var/lib/server',
  socket: '/run/server.sock',
  tls: { name: HOST, cert: '/mnt/share/server.cert', key: '/mnt/share/server.key' },
  mail: {
    domain: 'ringpost.demo',
    host: SERVERS,
    smtp_port: 25,
    imap_port: 993,
    users: [{ name: USER.name, password: USER.password, addresses: [USER.address], device: DEVICE }],
  },
  broker: { host: SERVERS },
  message_server: { modem: { port: '/run/modems/modem2' }, interval: '0s', triggers_per_hour: 1000 },
};
