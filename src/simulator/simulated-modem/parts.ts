import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Carrier } from '../carrier.ts';
import type { Faults } from '../faults.ts';
import type { NetworkCall } from '../network/call.ts';
import type { CellularNetwork } from '../network.ts';
import type { Personality } from '../personalities.ts';
import type { Behaviour } from './behaviour.ts';
import { CallControl } from './calls/call-control.ts';
import { callBehaviour } from './calls/commands.ts';
import type { ModemContext } from './context.ts';
import { contextBehaviour, PdpContexts } from './data/contexts.ts';
import { DataCalls, dataCallBehaviour } from './data/data-calls.ts';
import { SOCKET_DIALECTS } from './data/socket-dialects/by-name.ts';
import { Sockets } from './data/sockets.ts';
import { basicBehaviour } from './general/basic.ts';
import { familyBehaviour } from './general/family.ts';
import { identityBehaviour } from './general/identity.ts';
import { phoneBookBehaviour } from './general/phone-book.ts';
import { Radio } from './general/radio.ts';
import { radioBehaviour } from './general/radio-commands.ts';
import { Sim, simBehaviour } from './general/sim.ts';
import { ParameterValues } from './parameters.ts';
import { SmsArrivals } from './sms/arrive.ts';
import { SmsContext } from './sms/context.ts';
import { smsReadBehaviour } from './sms/read.ts';
import { smsSendBehaviour } from './sms/send.ts';
import { smsSetupBehaviour } from './sms/setup.ts';
import { SmsStore } from './sms/store.ts';
import type { Urc } from './urc-queue.ts';

interface Blueprint {
  readonly number: string;
  readonly network: CellularNetwork;
  readonly clock: Clock;
  readonly log: Log;
  readonly personality: Personality;
  readonly faults: Faults;
  /** Where unsolicited lines go. */
  readonly urc: (urc: Urc) => void;
  readonly ringIntervalMs: number;
  readonly smsCapacity?: number;
  readonly pin?: string;
  readonly behaviours?: readonly Behaviour[];
  readonly carrier?: Carrier;
  readonly ringsToAnswer: () => number;
  readonly life: () => AbortSignal;
  readonly reset: () => void;
}

/** Everything that one modem is made of. */
export interface Parts {
  readonly context: ModemContext;
  readonly parameters: ParameterValues;
  readonly sim: Sim;
  readonly radio: Radio;
  readonly store: SmsStore;
  readonly calls: CallControl;
  readonly dataCalls: DataCalls;
  /** Undefined where the modem has none. */
  readonly sockets: Sockets | undefined;
  /** Oldest first. */
  readonly behaviours: readonly Behaviour[];
}

/** Builds the parts of a modem and stacks its behaviours. */
export function assemble(blueprint: Blueprint): Parts {
  const { personality, faults, smsCapacity } = blueprint;
  const slots = smsCapacity === undefined ? personality.smsSlots : { SM: smsCapacity, ME: smsCapacity };
  const store = new SmsStore(slots, personality.firstIndex, () => faults.fullSmsStore);
  const parameters = new ParameterValues({ '+CVHU': personality.cvhu });
  const terminal = {
    number: blueprint.number,
    deliver: (tpdu: Uint8Array) => arrivals.deliver(tpdu),
    report: (tpdu: Uint8Array) => arrivals.report(tpdu),
    ring: (call: NetworkCall) => calls.ring(call),
  };
  const context: ModemContext = {
    ...blueprint,
    parameters,
    attachment: blueprint.network.attach(terminal),
    urc: (...lines) => blueprint.urc(lines),
    urcBytes: (urc) => blueprint.urc(urc),
  };
  const sim: Sim = new Sim(blueprint.pin, () => radio.switchOn());
  const radio = new Radio(context, () => sim.state === 'READY');
  const sms = new SmsContext(context, store);
  const arrivals = new SmsArrivals(sms);
  const calls = new CallControl(context, blueprint.ringIntervalMs);
  const contexts = new PdpContexts();
  const dialect = personality.sockets && SOCKET_DIALECTS[personality.sockets];
  const sockets = dialect && new Sockets({ context, radio, contexts, dialect });
  const voice = callBehaviour(context, calls, radio);
  const dataCalls = new DataCalls({ context, radio, contexts, carrier: blueprint.carrier });
  const behaviours = [
    familyBehaviour(personality),
    basicBehaviour(context),
    identityBehaviour(context),
    phoneBookBehaviour(),
    simBehaviour(sim),
    radioBehaviour(context, radio, blueprint.reset),
    smsSetupBehaviour(sms, arrivals),
    smsReadBehaviour(sms),
    smsSendBehaviour(sms, radio),
    arrivals.behaviour,
    voice,
    dataCallBehaviour(dataCalls, voice),
    contextBehaviour(contexts, radio),
    ...(sockets ? [dialect.behaviour({ context, contexts, sockets })] : []),
    ...(blueprint.behaviours ?? []),
  ];
  return { context, parameters, sim, radio, store, calls, dataCalls, sockets, behaviours };
}
