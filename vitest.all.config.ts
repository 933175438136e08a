import { defineConfig } from 'vitest/config';
import { LongestFirst, WORKERS } from './test/scheduling.js';

/** All tests, in one queue. */
export default defineConfig({
  test: {
    projects: ['vitest.config.ts', 'vitest.system.config.ts'],
    maxWorkers: WORKERS,
    sequence: { sequencer: LongestFirst },
  },
});
