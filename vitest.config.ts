import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/{unit,model,switch,flows,fuzz}/**/*.test.ts'],
    testTimeout: 20_000,
    pool: 'forks',
  },
});
