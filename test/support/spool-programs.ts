import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { need } from './program.ts';

export interface RunningProgram {
  readonly directories: { outgoing: string; checked: string; sent: string; failed: string };
  log(): Promise<string>;
  stop(): Promise<void>;
}

/** Debian's smsd as a child of the test, with its modem on this port. It looks each second; the rest is as in its manual. */
export async function startSmsd(directory: string, port: string): Promise<RunningProgram> {
  await need('smsd', 'smstools');
  const directories = await makeDirectories(directory);
  const [incoming, config, log] = ['incoming', 'smsd.conf', 'smsd.log'].map((name) => join(directory, name));
  await mkdir(incoming ?? '');
  const lines = [
    'devices = GSM1',
    ...Object.entries(directories).map(([name, path]) => `${name} = ${path}`),
    `incoming = ${incoming}`,
    `logfile = ${log}`,
    `infofile = ${join(directory, 'smsd.working')}`,
    `pidfile = ${join(directory, 'smsd.pid')}`,
    'delaytime = 1',
    'delaytime_mainprocess = 1',
    'errorsleeptime = 1',
    'autosplit = 3',
    '[GSM1]',
    `device = ${port}`,
    'incoming = no',
    'baudrate = 115200',
  ];
  await writeFile(config ?? '', `${lines.join('\n')}\n`);
  return running(directories, log ?? '', 'smsd', `-c${config}`);
}

/** Debian's gammu-smsd, the same. */
export async function startGammuSmsd(directory: string, port: string): Promise<RunningProgram> {
  await need('gammu-smsd', 'gammu-smsd');
  const directories = await makeDirectories(directory);
  const [inbox, config, log] = ['inbox', 'gammu-smsdrc', 'gammu.log'].map((name) => join(directory, name));
  await mkdir(inbox ?? '');
  const lines = [
    '[gammu]',
    `device = ${port}`,
    'connection = at115200',
    '[smsd]',
    'service = files',
    `logfile = ${log}`,
    'debuglevel = 255',
    `inboxpath = ${inbox}/`,
    `outboxpath = ${directories.outgoing}/`,
    `sentsmspath = ${directories.sent}/`,
    `errorsmspath = ${directories.failed}/`,
    'commtimeout = 1',
  ];
  await writeFile(config ?? '', `${lines.join('\n')}\n`);
  return running(directories, log ?? '', 'gammu-smsd', '--config', config ?? '');
}

async function makeDirectories(directory: string) {
  const at = (name: string) => join(directory, name);
  const directories = {
    outgoing: at('outgoing'),
    checked: at('checked'),
    sent: at('sent'),
    failed: at('failed'),
  };
  for (const path of Object.values(directories)) await mkdir(path, { recursive: true });
  return directories;
}

/** In a process group of its own: smsd has a process for each modem. */
function running(
  directories: RunningProgram['directories'],
  logPath: string,
  program: string,
  ...args: string[]
): RunningProgram {
  const child = spawn(program, args, { stdio: 'ignore', detached: true });
  const ended = once(child, 'exit');
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    process.kill(-child.pid, 'SIGKILL');
    await ended;
  };
  onTestFinished(stop);
  return { directories, stop, log: () => readFile(logPath, 'utf8').catch(() => '') };
}
