# Completes luadec-tok in fish, by asking it.
function __luadec_tok_complete
    set -l words (commandline -opc)
    set -l word (commandline -ct)
    set -l lines (luadec-tok completions fish -- $words[2..-1] "$word" 2>/dev/null)
    # Of --option=path, only the path is one.
    set -l option (string match -r -- '^--[^=]*=' "$word")
    set -l path (string replace -r -- '^--[^=]*=' '' "$word")
    switch "$lines[1]"
        case files
            string replace -r -- '^' "$option" (__fish_complete_path "$path")
        case directories
            string replace -r -- '^' "$option" (__fish_complete_directories "$path" '')
    end
    string join -- \n $lines[2..-1]
end
complete -c luadec-tok -f -a '(__luadec_tok_complete)'
