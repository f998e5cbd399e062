import { expect, onTestFinished } from 'vitest';
import { need } from '../program.ts';
import { Field, type Way } from './field.ts';
import { Guest } from './guest.ts';
import type { Handheld } from './handheld.ts';

/** A guest with all that `Field` lays out in it, and what must hold of its routes. */
export class World implements AsyncDisposable {
  readonly guest: Guest;
  readonly field: Field;
  /** All routes and rules when no session was. */
  #atRest = '';

  private constructor(guest: Guest) {
    this.guest = guest;
    this.field = new Field(guest);
  }

  static async start(): Promise<World> {
    await need('pppd', 'ppp');
    await need('ip', 'iproute2');
    await need('dnsmasq', 'dnsmasq-base');
    await need('socat', 'socat');
    await need('tcpdump', 'tcpdump');
    const world = new World(await Guest.boot());
    try {
      await world.field.start();
      world.#atRest = await world.#allRoutes();
    } catch (error) {
      await world[Symbol.asyncDispose]();
      throw error;
    }
    return world;
  }

  /** A handheld that listens until the test is over, at a network that takes calls. */
  async handheld(way: Way): Promise<Handheld> {
    await this.#seesWifi();
    await this.field.carrier({});
    const started = await this.field.handheld(way);
    onTestFinished(() => started.stop());
    return started;
  }

  /** pppd's last script may still run when the agent listens again. */
  async nothingLeft(): Promise<void> {
    const look = () => this.#allRoutes();
    await expect.poll(look, { timeout: 20_000, interval: 200 }).toBe(this.#atRest);
  }

  /** What anything that does not ask for the data session uses; link-local addresses lead nowhere but to the other end. */
  mainRoutes(): Promise<string> {
    const ipv6 = "ip -6 route | grep -v '^fe80:.* dev ppp0 '";
    return this.guest.must(`ip -4 route; ${ipv6}; ip route get 192.0.2.1; cat /etc/resolv.conf`);
  }

  /**
   * Packets that came over the Wi-Fi, which has the default route, a line each. Resets that the kernel sends for nobody (no ACK in
   * them) are left out: while IPv6CP has the interface up already, what a server still sends to a lost session of the same address
   * is answered with one in the instant between the address and the session's rule.
   */
  wifiPackets(): Promise<string> {
    return this.guest.must("grep -vE 'ICMP6|Flags \\[R\\], seq' /run/wifi.pcap.txt || true");
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.guest[Symbol.asyncDispose]();
  }

  /** What goes over the Wi-Fi is seen at all. */
  async #seesWifi(): Promise<void> {
    await this.guest.must("bash -c 'echo seen >/dev/udp/10.7.0.1/9'");
    await expect.poll(() => this.wifiPackets(), { timeout: 20_000 }).toMatch(/UDP/);
  }

  /** Rules and routes of all tables, and who resolves names. */
  #allRoutes(): Promise<string> {
    const routes = 'ip -4 route show table all; ip -6 route show table all';
    return this.guest.must(`ip -4 rule; ip -6 rule; ${routes}; cat /etc/resolv.conf`);
  }
}
