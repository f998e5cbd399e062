import { expect, test } from 'vitest';
import { NUMBERS } from '../../src/cli/demo/modems.ts';
import { PERSONALITIES } from '../../src/simulator/personalities.ts';
import { delivered, familySystem, SESSION } from '../support/family-system.ts';
import type { System } from '../support/system.ts';

const families = Object.values(PERSONALITIES);
const withVoice = families.filter(({ voice }) => voice !== false);
const withoutVoice = families.filter(({ voice }) => voice === false);

/** What the handheld's modem answered when it was last asked for its calls. */
function lastListed({ serial }: System): string | undefined {
  const { crossed } = serial.device;
  const asked = crossed.findLastIndex(({ dir, text }) => dir === '>' && text.endsWith('AT+CLCC\r'));
  return crossed[asked + 1]?.text;
}

test.each(withVoice)(
  'R8 $name: a call rings, is never answered, and is hung up; then mail comes',
  async (personality) => {
    const { system } = await familySystem(personality, { trigger: 'call' });
    const [, ...session] = SESSION;
    for (const missingClip of [false, true]) {
      // Without +CLIP the list of calls tells who it is.
      system.modems.simulated.device.faults.missingClip = missingClip;
      const steps = await delivered(system, missingClip ? 'Without CLIP' : 'With CLIP');
      expect(steps).toEqual(['ringing', 'hang-up', ...session]);
      expect(lastListed(system)).toMatch(/^\r\nOK\r\n/);
    }
    const calls = system.happened('call-ringing', 'call-answered', 'call-ended');
    const hungUp = [
      { kind: 'call-ringing', from: NUMBERS.server, to: NUMBERS.device },
      // What a caller hears when the called side refuses.
      { kind: 'call-ended', cause: 'busy' },
    ];
    expect(calls).toMatchObject([...hungUp, ...hungUp]);
    expect(system.happened('sms-submitted')).toEqual([]);
  },
);

test.each(withoutVoice)(
  '$name has no voice: the log says so, and no call reaches it',
  async (personality) => {
    const { system } = await familySystem(personality);
    expect(system.logged('device').map(({ msg }) => msg)).toContain(
      'the modem takes no voice calls: only an SMS can ring it',
    );
    const { network } = system.modems;
    const stranger = network.attach({
      number: '+9990000003',
      ring: () => 'busy',
      deliver: () => 'full',
      report: () => {},
    });
    const call = stranger.call(NUMBERS.device);
    await system.until(() => expect(call.cause).toBe('unreachable'));
    expect(system.serial.device.all('<')).not.toContain('RING');
  },
);
