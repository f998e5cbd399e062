import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { styleText } from 'node:util';
import { systemClock } from '../../base/clock.ts';
import { abortable } from '../../base/deadline.ts';
import { asError } from '../../base/errors.ts';
import type { Command } from '../command.ts';
import { type Shown, stayText, table } from '../demo/report.ts';
import { costOf, type Scene, scenes } from '../demo/scenes.ts';
import { startWorld, type World } from '../demo/world.ts';
import { showStep, Timeline } from '../timeline.ts';

export const demo: Command = {
  options: {
    stay: { type: 'boolean', help: 'keep everything running afterwards, and say how to send and read mail' },
    json: { type: 'boolean', help: 'print steps and the summary as JSON lines' },
    'no-pty': { type: 'boolean', help: 'join modems and programs by lines in memory instead of PTYs' },
  },
  details: `
Mail server, MQTT broker, message server, a cellular network with two modems on PTYs, and the handheld's agent run in this process, on
loopback ports. Exit code 0: everything was shown; 1: a step failed, and is named.`,
  async run(args, signal) {
    const json = args.flag('json');
    const print = (line: object, words: string) =>
      process.stdout.write(`${json ? JSON.stringify(line) : words}\n`);
    const timeline = new Timeline(systemClock, (step) => print(step, showStep(step)));
    const world = await startWorld({ timeline, inMemory: args.flag('no-pty') }, signal);
    let good = false;
    try {
      if (world.modems.withoutPty) {
        print(
          { withoutPty: world.modems.withoutPty },
          styleText('yellow', `No PTY: ${world.modems.withoutPty}\nGoing on over lines in memory.`),
        );
      }
      await timeline.expect('listening', { since: 0 });
      const shown = await abortable(
        play(world, timeline, (title) => print({ scene: title }, heading(title))),
        signal,
      );
      good = shown.every((one) => one.problem === undefined) && shown.length === scenes.length;
      print({ summary: shown, seconds: timeline.seconds, ok: good }, table(shown, timeline.seconds));
      if (good && args.flag('stay')) {
        print({ stay: world.directory }, stayText(world));
        await abortable(world.lost, signal).catch(() => {});
      }
    } finally {
      await world[Symbol.asyncDispose]();
      if (good) await rm(world.directory, { recursive: true, force: true });
      else process.stderr.write(`ringpost demo: log and state are in ${join(world.directory, 'demo.log')}\n`);
    }
    return good ? 0 : 1;
  },
};

/** Plays scene after scene; stops at the first that fails. */
async function play(world: World, timeline: Timeline, announce: (title: string) => void): Promise<Shown[]> {
  const shown: Shown[] = [];
  for (const scene of scenes) {
    announce(scene.title);
    shown.push(await playOne(scene, world, timeline));
    if (shown.at(-1)?.problem !== undefined) break;
  }
  return shown;
}

async function playOne(scene: Scene, world: World, timeline: Timeline): Promise<Shown> {
  const mark = timeline.mark();
  const began = timeline.seconds;
  const problem = await scene.run(world, timeline).then(
    () => undefined,
    (error: unknown) => asError(error).message,
  );
  const took = timeline.seconds - began;
  return {
    title: scene.title,
    took,
    cost: costOf(timeline.steps.slice(mark)),
    ...(problem !== undefined && { problem }),
  };
}

function heading(title: string): string {
  return `\n${styleText(['bold', 'underline'], title)}`;
}
