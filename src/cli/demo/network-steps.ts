import type { Observe } from '../../base/steps.ts';
import { describePdu } from '../../modem/sms/describe.ts';
import type { NetworkEvent } from '../../simulator/network/events.ts';
import type { CellularNetwork } from '../../simulator/network.ts';

/** Shows what the cellular network carries: each SMS as the PDU that it is, each call. */
export function tellNetwork(network: CellularNetwork, observe: Observe): void {
  network.onEvent((event) => {
    const step = stepOf(event);
    if (step) observe(step);
  });
}

function stepOf(event: NetworkEvent): Parameters<Observe>[0] | undefined {
  switch (event.kind) {
    case 'sms-delivered': {
      const tpdu = Buffer.from(event.tpdu).toString('hex').toUpperCase();
      // A modem hands it on behind the address of its service centre; none is `00`.
      const means = describePdu(`00${tpdu}`, 'deliver');
      return { name: 'sms', text: `PDU ${tpdu.slice(0, 34)}… ${means}`, fields: { tpdu } };
    }
    case 'sms-lost':
      return { name: 'sms', text: 'lost by the network' };
    case 'call-ringing':
      return { name: 'call', text: 'the handheld rings' };
    case 'call-answered':
      return { name: 'call', text: 'answered', fields: { answered: true } };
    case 'call-ended':
      return { name: 'call', text: `over, ended by: ${event.cause}`, fields: { cause: event.cause } };
    default:
      return undefined;
  }
}
