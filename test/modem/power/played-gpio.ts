import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from '../../support/room.ts';

/**
 * Played tools of libgpiod: they take the options of their manual pages, 1.6.3 or 2.2, and refuse every other. A press of the
 * line KEY toggles the played modem; ENABLE powers it. What is done to lines is written down.
 */
export interface PlayedGpio {
  /** For `GpioOptions.path`. */
  readonly path: string;
  readonly directory: string;
  /** `press 4 on 0.2`, `hold 26=1`, `free 26` ... in their order. */
  done(): Promise<string[]>;
  /** Whether the played modem is on. */
  isOn(): Promise<boolean>;
  switch(on: boolean): Promise<void>;
  /** Ends the gpioset that holds a line now. */
  killHolder(): Promise<void>;
}

export const KEY = 4;
export const RESET = 5;
export const ENABLE = 26;
export const STATUS = 23;

const REFUSE = 'refuse() { echo "$0: $1" >&2; exit 1; }\n';

const VERSIONS = { 1: 'v1.6.3', 2: 'v2.2' } as const;

/** gpioset(1) of libgpiod 1.6.3: `gpioset [OPTIONS] <chip name/number> <offset>=<value>`, values 0 and 1. */
const OPTIONS_1 = `
mode=exit sec=0 usec=0 low=0
while :; do case "$1" in
  --mode=exit|--mode=wait|--mode=time|--mode=signal) mode=\${1#--mode=} ;;
  --sec=*) sec=\${1#--sec=} ;;
  --usec=*) usec=\${1#--usec=} ;;
  -l|--active-low) low=1 ;;
  -*) refuse "unrecognized option '$1'" ;;
  *) break ;;
esac; shift; done
case "$sec$usec" in *[!0-9]*) refuse "invalid time value: $sec $usec" ;; esac
[ "$mode" = time ] || [ "$sec$usec" = 00 ] || refuse "can't specify wait time in this mode"
[ $# -ge 2 ] || refuse "at least one GPIO line offset to value mapping must be specified"
chip=$1; shift
time=$(awk "BEGIN { print $sec + $usec / 1000000 }")
`;

/** gpioset(1) of libgpiod 2.2: `gpioset [OPTIONS] <line=value>...`, lines by offset only with `-c`; holds until it is ended. */
const OPTIONS_2 = `
mode=signal low=0 chip=
while :; do case "$1" in
  -c|--chip) chip=$2; shift ;;
  -t|--toggle) toggle=$2; mode=time; shift ;;
  -l|--active-low) low=1 ;;
  -*) refuse "unrecognized option '$1'" ;;
  *) break ;;
esac; shift; done
[ $# -ge 1 ] || refuse "at least one GPIO line value must be specified"
[ -n "$chip" ] || refuse "cannot find line '$1'"
if [ "$mode" = time ]; then
  case "$toggle" in *ms,0) time=\${toggle%ms,0} ;; *) refuse "invalid period: $toggle" ;; esac
  case "$time" in ''|*[!0-9]*) refuse "invalid period: $toggle" ;; esac
  time=$(awk "BEGIN { print $time / 1000 }")
fi
`;

const SET = (key: number, enable: number) => `
[ "$chip" = gpiochip7 ] || refuse "unable to open chip '$chip'"
line=\${1%=*} value=\${1#*=}
case "$line" in ''|*[!0-9]*) refuse "cannot find line '$line'" ;; esac
case "$value" in 0|1) ;; *) refuse "invalid line value: '$value'" ;; esac
[ -e "$here/busy" ] && refuse "unable to request lines: Device or resource busy"
if [ "$mode" = time ]; then
  [ $low = 1 ] && how=low || how=high
  sleep "$time"
  echo "press $line $how $time" >> "$here/done"
  [ "$line" = ${key} ] && { read -r was < "$here/on"; echo $((1 - was)) > "$here/on"; }
  exit 0
fi
echo "hold $1" >> "$here/done"
[ "$line" = ${enable} ] && echo "$value" > "$here/on"
trap 'echo "free $line" >> "$here/done"; kill $! 2>/dev/null; exit 0' TERM INT
echo $$ > "$here/holder"
exec 3<&0
if [ "$mode" = wait ]; then cat <&3 > /dev/null & else sleep 60 & fi
wait $!
echo "free $line" >> "$here/done"
`;

const GET_1 = `
while :; do case "$1" in -l|--active-low) ;; -*) refuse "unrecognized option '$1'" ;; *) break ;; esac; shift; done
[ $# -eq 2 ] || refuse "at least one GPIO line offset must be specified"
[ "$1" = gpiochip7 ] || refuse "error reading GPIO values: $1"
cat "$here/on"
`;

/** gpioget(1) of 2.2 prints \`"23"=active\` unless it is told \`--numeric\`. */
const GET_2 = `
numeric=0 chip=
while :; do case "$1" in
  -c|--chip) chip=$2; shift ;;
  --numeric) numeric=1 ;;
  -l|--active-low) ;;
  -*) refuse "unrecognized option '$1'" ;;
  *) break ;;
esac; shift; done
[ "$chip" = gpiochip7 ] || refuse "unable to open chip '$chip'"
[ $# -eq 1 ] || refuse "at least one GPIO line must be specified"
read -r on < "$here/on"
if [ $numeric = 1 ]; then echo "$on"; elif [ "$on" = 1 ]; then echo "\\"$1\\"=active"; else echo "\\"$1\\"=inactive"; fi
`;

const DETECTED = 'gpiochip0 [raspberrypi-exp-gpio] (8 lines)\ngpiochip7 [pinctrl-rp1] (54 lines)\n';

export async function playedGpio(major: 1 | 2, detected = DETECTED): Promise<PlayedGpio> {
  const here = await temporaryDirectory();
  const version = (tool: string) =>
    `[ "$1" = --version ] && { echo "${tool} (libgpiod) ${VERSIONS[major]}"; exit 0; }\n`;
  const tool = (name: string, body: string) =>
    script(join(here, name), `here='${here}'\n${REFUSE}${version(name)}${body}`);
  await tool('gpioset', (major === 1 ? OPTIONS_1 : OPTIONS_2) + SET(KEY, ENABLE));
  await tool('gpioget', major === 1 ? GET_1 : GET_2);
  await tool('gpiodetect', `[ $# -eq 0 ] || refuse "no arguments"\nprintf '%s' '${detected}'\n`);
  await writeFile(join(here, 'on'), '0\n');
  await writeFile(join(here, 'done'), '');
  return {
    directory: here,
    path: `${here}:/usr/bin:/bin`,
    done: async () => (await readFile(join(here, 'done'), 'utf8')).split('\n').filter((line) => line !== ''),
    isOn: async () => (await readFile(join(here, 'on'), 'utf8')).trim() === '1',
    switch: (on) => writeFile(join(here, 'on'), on ? '1\n' : '0\n'),
    killHolder: async () =>
      void process.kill(Number(await readFile(join(here, 'holder'), 'utf8')), 'SIGTERM'),
  };
}

/** An executable for /bin/sh. */
export async function script(path: string, body: string): Promise<string> {
  await writeFile(path, `#!/bin/sh\n${body}`);
  await chmod(path, 0o755);
  return path;
}
