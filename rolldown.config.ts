import { builtinModules } from 'node:module';
import { defineConfig } from 'rolldown';
import { esmExternalRequirePlugin } from 'rolldown/plugins';

/**
 * The program as it is installed and run (`scripts/bundle`): the command line, and the child that sends the laboratory's segments. What has
 * native code stays in node_modules. Rolldown, since it leaves constants constant: esbuild makes them `var`, which V8 does not fold, and a
 * packet takes 15 percent longer (docs/design/decisions.md).
 *
 * Each command is a piece of its own, so that a small one loads little; what all of them need is one, and what most verbs of ofctl need is
 * another. Pieces are CommonJS modules, which src/cli/pieces.ts loads with the code that V8 has made of them before. Names of functions and
 * classes are kept, which stacks show.
 */
const program = defineConfig({
  input: { cli: 'src/cli/main.ts' },
  platform: 'node',
  external: ['koffi', 'raw-socket'],
  // yargs can read its own configuration from packages, by a means that CommonJS has not; nobody asks it to.
  checks: { emptyImportMeta: false },
  plugins: [
    // What CommonJS packages require of Node becomes an import: else every command pays for a `require` of its own.
    esmExternalRequirePlugin({ external: [/^node:/, ...builtinModules] }),
    { name: 'ascii', generateBundle: (_, bundle) => void Object.values(bundle).forEach(escapeAll) },
  ],
  output: {
    dir: 'dist/bin',
    format: 'cjs',
    sourcemap: true,
    minify: {
      compress: false,
      mangle: { keepNames: { function: true, class: true } },
      codegen: { removeWhitespace: true },
    },
    codeSplitting: {
      groups: [
        { name: 'base', test: /cli\/(main|daemon-error|color)\.ts|text\/colors\.ts|net\/stream\.ts|base\/suggest\.ts/, priority: 2 },
        { name: 'ofctl', test: /ofctl\/(handler|verb|client|inspect|dump-flows)\.ts/, priority: 1 },
      ],
    },
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name]-[hash].cjs',
  },
});

/** What Node loads itself: the door of the program, and the script that keeps the pieces' code. Each by itself, since neither is a piece. */
const start = defineConfig(
  Object.entries({ ctswitch: 'src/cli/start.ts', 'code-cache': 'src/cli/code-cache.ts' }).map(([name, source]) => ({
    ...program,
    input: { [name]: source },
    output: { dir: 'dist/bin', format: 'cjs', entryFileNames: '[name].cjs' },
  })),
);

/** By itself: a piece that it shared with the command line would start that, too. */
const segmentChild = defineConfig({
  ...program,
  input: { 'segment-child': 'src/lab/segment-child.ts' },
  output: { dir: 'dist/bin', format: 'esm', sourcemap: true },
});

export default [program, ...start, segmentChild];

/** Node reads text of one byte a character far faster, and keeps it in half the memory: one ellipsis would cost a piece that. */
function escapeAll(piece: { type: 'chunk' | 'asset'; code?: string }): void {
  if (piece.code !== undefined) piece.code = piece.code.replace(/[^\0-\x7f]/g, escaped);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
