import { defineConfig } from 'vitest/config';
import { WORKERS } from './test/scheduling.js';

export default defineConfig({
  test: {
    name: 'fast',
    include: ['test/{unit,model,switch,flows,fuzz}/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'forks',
    maxWorkers: WORKERS,
  },
});
