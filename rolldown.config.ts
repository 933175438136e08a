import { defineConfig } from 'rolldown';

/**
 * The program as it is installed and run (`scripts/bundle`): the command line, and the child that sends the laboratory's segments. Each
 * command is a piece of its own, so that a small one opens a handful of files. What has native code stays in node_modules, and nothing is
 * minified: a stack can be read even without the maps. Rolldown, since it leaves constants constant: esbuild makes them `var`, which V8
 * does not fold, and a packet takes 15 percent longer (docs/design/decisions.md).
 */
export default defineConfig({
  input: { ctswitch: 'src/cli/main.ts', 'segment-child': 'src/lab/segment-child.ts' },
  platform: 'node',
  external: ['koffi', 'raw-socket'],
  output: {
    dir: 'dist/bin',
    format: 'esm',
    sourcemap: true,
    chunkFileNames: '[name]-[hash].js',
    comments: { legal: true, annotation: false, jsdoc: false },
  },
});
