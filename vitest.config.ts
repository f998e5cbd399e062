import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // A build machine has two cores; many tests wait for a while, so a third worker keeps both busy.
    maxWorkers: 3,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/real/**', 'test/long/**'],
          testTimeout: 20_000,
          // Nothing here lives in a module, so a worker loads each once for all its files: a third less to compute.
          isolate: false,
        },
      },
      {
        test: {
          // What is too long for each change: every place to cut at, thousands of histories, killed processes.
          name: 'long',
          include: ['test/long/*.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'real',
          include: ['test/real/*.test.ts'],
          exclude: ['test/real/ppp*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          // Each in a virtual machine of its own, whose processor is emulated.
          name: 'guest',
          include: ['test/real/ppp*.test.ts'],
          fileParallelism: false,
          globalSetup: 'test/support/guest/compile.ts',
          testTimeout: 300_000,
          hookTimeout: 300_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
