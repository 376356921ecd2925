# Completes luadec-tok in bash, by asking it.
_luadec_tok() {
    local paths word
    COMPREPLY=()
    {
        read -r paths
        while IFS=$'\t' read -r word _; do
            COMPREPLY+=("$word")
        done
    } < <(luadec-tok completions bash -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2> /dev/null)
    case $paths in
    files)
        # Alone, readline completes them better.
        ((${#COMPREPLY[@]})) || return
        while IFS= read -r word; do
            COMPREPLY+=("$word")
        done < <(compgen -f -- "$2")
        compopt -o filenames 2> /dev/null
        ;;
    directories)
        while IFS= read -r word; do
            COMPREPLY+=("$word")
        done < <(compgen -d -- "$2")
        compopt -o filenames 2> /dev/null
        ;;
    *)
        compopt +o default 2> /dev/null
        ;;
    esac
}
complete -o default -F _luadec_tok luadec-tok
