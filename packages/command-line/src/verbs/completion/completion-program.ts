import { UsageError } from '../../verb/exit-errors.js';
import type { Call, PlainProgram } from '../../verb/verb.js';

/** `completion`: prints the script by which a shell completes commands of `ramble` at Tab. */
export const completionProgram = {
  flags: {},
  operands: ['<shell>'],
  run: async ({ operands: [shell], output }: Call<object>) => {
    if (!Object.hasOwn(SHELL_SCRIPTS, shell)) {
      const known = Object.keys(SHELL_SCRIPTS).join(', ');
      throw new UsageError(`completion: expected one of ${known}, got ${shell}`);
    }
    await output.write(SHELL_SCRIPTS[shell]);
  },
} satisfies PlainProgram<object>;

/**
 * Scripts that make a shell call the command at Tab. `ramble complete -- WORD...` prints a line for each
 * completion of the last word: its value, a tab and its meaning. If it prints none, the shell offers files.
 * The user's text is passed as words and never evaluated.
 */
const SHELL_SCRIPTS: Readonly<Record<string, string>> = {
  bash: `_ramble() {
  local value rest
  COMPREPLY=()
  while IFS=$'\\t' read -r value rest; do
    COMPREPLY+=("$value")
  done < <(ramble complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _ramble ramble
`,
  zsh: `_ramble() {
  local -a lines candidates
  local line
  lines=("\${(@f)$(ramble complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  for line in $lines; do
    candidates+=("\${\${line%%$'\\t'*}//:/\\:}:\${line#*$'\\t'}")
  done
  if (( \${#candidates} )); then _describe ramble candidates; else _files; fi
}
compdef _ramble ramble
`,
  fish: `function __ramble_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l lines (ramble complete -- $words[2..-1] 2>/dev/null)
  if test (count $lines) -gt 0
    printf '%s\\n' $lines
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c ramble -f -a '(__ramble_complete)'
`,
  powershell: `Register-ArgumentCompleter -Native -CommandName ramble -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $words = @($commandAst.CommandElements | Select-Object -Skip 1 | ForEach-Object { "$_" })
  if ($wordToComplete -eq '') { $words += '' }
  ramble complete -- @words 2>$null | ForEach-Object {
    $value, $meaning = $_ -split "\`t", 2
    if (-not $meaning) { $meaning = $value }
    [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $meaning)
  }
}
`,
};
