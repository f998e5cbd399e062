import { cpus, totalmem } from 'node:os';

/** What the figures were measured on, for people. */
export function machine(): string {
  const cores = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB of memory`;
  const processor = `${cores.length} cores, ${cores[0]?.model ?? 'unknown processor'}`;
  return `${process.platform} ${process.arch}, ${processor}, ${memory}, Node ${process.versions.node}`;
}
