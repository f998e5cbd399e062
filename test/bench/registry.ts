import type { Registry } from './harness/benchmark.ts';

/** In the order in which they run. A new benchmark is a file beside this one and a line here. */
export const registry: Registry = {
  'data-session': () => import('./data-session.ts'),
  memory: () => import('./memory.ts'),
  'initial-sync': () => import('./initial-sync.ts'),
  'slow-network': () => import('./slow-network.ts'),
  server: () => import('./server.ts'),
  sync: () => import('./sync.ts'),
  watched: () => import('./watched.ts'),
};
