import { noPty } from './no-pty.ts';

/** The few calls of the C library that Node does not offer. */
export interface TerminalCalls {
  /** Unlocks the slave of this master and gives its name (`/dev/pts/7`). */
  unlockAndName(master: number): string;
  /** Raw mode: no echo, no line ends changed, no signals from control characters. */
  makeRaw(terminal: number): void;
}

/** `struct termios` has 60 bytes on Linux; more room does not hurt, and its inside is no business of ours. */
const TERMIOS_BYTES = 256;
const NAME_BYTES = 128;
const TCSANOW = 0;

/** Loads them with koffi, which is prebuilt. Rejects with SimulatorError `no-pty` where it is not. */
export async function loadTerminalCalls(): Promise<TerminalCalls> {
  try {
    const { default: koffi } = await import('koffi');
    const libc = koffi.load(null);
    const unlockpt = libc.func('int unlockpt(int fd)');
    const ptsname = libc.func('int ptsname_r(int fd, void *name, size_t size)');
    const tcgetattr = libc.func('int tcgetattr(int fd, void *termios)');
    const cfmakeraw = libc.func('void cfmakeraw(void *termios)');
    const tcsetattr = libc.func('int tcsetattr(int fd, int when, void *termios)');
    const check = (name: string, result: number) => {
      if (result !== 0)
        throw Object.assign(new Error(`${name} failed`), { code: name, errno: koffi.errno() });
    };
    return {
      unlockAndName(master) {
        const name = Buffer.alloc(NAME_BYTES);
        check('unlockpt', unlockpt(master));
        check('ptsname_r', ptsname(master, name, NAME_BYTES));
        return name.toString('latin1', 0, name.indexOf(0));
      },
      makeRaw(terminal) {
        const termios = Buffer.alloc(TERMIOS_BYTES);
        check('tcgetattr', tcgetattr(terminal, termios));
        cfmakeraw(termios);
        check('tcsetattr', tcsetattr(terminal, TCSANOW, termios));
      },
    };
  } catch (cause) {
    throw noPty('koffi', cause, 'npm ci (it installs the prebuilt koffi binary for this machine)');
  }
}
