import { bench } from './harness/bench.ts';
import { registry } from './registry.ts';

/** `npm run bench`: figures, side by side in one run. */
const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.once(name, () => interrupted.abort(new Error(`stopped by ${name}`)));
}
process.exitCode = await bench(process.argv.slice(2), {
  registry,
  out: (line) => void process.stdout.write(`${line}\n`),
  err: (line) => void process.stderr.write(`${line}\n`),
  signal: interrupted.signal,
});
