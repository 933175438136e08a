/** `ctswitch completion SHELL`: a script by which bash or zsh complete our words. */
import type { CliCommand } from '../../command.js';

export interface CompletionArgs {
  shell?: string | undefined;
}

export const completion: CliCommand<CompletionArgs> = {
  command: 'completion [shell]',
  describe: 'print a script by which a shell completes commands, options, bridges and ports',
  examples: [
    ['source <(ctswitch completion bash)', 'in this shell; in ~/.bashrc for all'],
    ['ctswitch completion zsh > ~/.zfunc/_ctswitch', 'for zsh, where ~/.zfunc is in $fpath'],
    [
      'ctswitch completion words -- ofctl dump-f',
      'what the scripts ask: words that may stand there, with their meaning',
    ],
  ],
  positionals: [{ name: 'shell', describe: 'bash or zsh; words: see the example' }],
  options: { shell: { type: 'string', hidden: true } },
  verbs: async () =>
    Object.fromEntries(
      Object.keys((await import('../../completion/scripts.js')).SCRIPTS).map((name) => [name, { words: '' }]),
    ),
  run: async (args, words) => (await import('./handler.js')).run(args, words),
};
