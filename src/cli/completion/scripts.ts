/**
 * The shells' halves of completion: they ask `ctswitch completion words -- WORDS...` for what may stand in place of the last word, and
 * leave what has no answer to their completion of files. They call what the user has called, so that a checkout completes itself.
 */

/** bash takes `=` for the end of a word; what stands before it must not be said again. */
const BASH = `# ctswitch completion for bash: source <(ctswitch completion bash)
_ctswitch() {
  local current=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} line word
  COMPREPLY=()
  while IFS= read -r line; do
    word=\${line%%$'\\t'*}
    if [[ $current == = || $before == = ]]; then word=\${word#*=}; fi
    COMPREPLY+=("$word")
  done < <("$1" completion words -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  if [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == *= ]]; then compopt -o nospace; fi
}
complete -o default -F _ctswitch ctswitch
`;

const ZSH = `#compdef ctswitch
# ctswitch completion for zsh: in a file _ctswitch of $fpath, or source <(ctswitch completion zsh)
_ctswitch() {
  local line word
  local -a plain open shown
  for line in "\${(@f)$("\${words[1]}" completion words -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ -n $line ]] || continue
    word=\${line%%$'\\t'*}
    if [[ $word == *= ]]; then open+=("$word"); else plain+=("$word"); shown+=("$word  \${line#*$'\\t'}"); fi
  done
  if (( \${#plain} + \${#open} == 0 )); then _files; return; fi
  compadd -l -d shown -a plain
  compadd -S '' -a open
}
if [[ \${funcstack[1]} == _ctswitch ]]; then _ctswitch "$@"; else compdef _ctswitch ctswitch; fi
`;

export const SCRIPTS: Readonly<Record<string, string>> = { bash: BASH, zsh: ZSH };
