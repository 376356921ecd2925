# Counts the tokens of streams, a line each:
#
#     luadec-tok -f terse --strip FOLDER | awk -f docs/tokens.awk
#
# A token `<|…|>` or `\xNN` is one, a digit is one, and 3.5 bytes of other text are one, which is
# about what tokenizers make of code. Prints the number of streams, the tokens an instruction, and
# the share of the streams that fit into 2,048, 4,096 and 8,192 tokens.
{
    instructions += gsub(/<\|OP_/, "&")
    tokens = gsub(/<\|[^|]*\|>|\\x[0-9A-F][0-9A-F]/, "") + gsub(/[0-9]/, "") + length($0) / 3.5
    all += tokens
    for (most = 2048; most <= 8192; most *= 2)
        fit[most] += tokens <= most
}
END {
    if (NR && instructions)
        printf "%d streams, %.1f tokens an instruction; within 2048 %.1f %%, 4096 %.1f %%, 8192 %.1f %%\n", \
            NR, all / instructions, 100 * fit[2048] / NR, 100 * fit[4096] / NR, 100 * fit[8192] / NR
}
