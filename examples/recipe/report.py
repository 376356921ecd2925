"""Reports what the models of run.py can do, as Markdown, HTML and JSON.

    python3 report.py WORK OUT --variants outline,function --seeds 3 [--setting KEY=VALUE]...

WORK is the directory of run.py. Needs nothing but Python.
"""

import argparse
import collections
import html
import json
import math
import pathlib
import re
import statistics

# What differs between two variants, and nothing else does.
COMPARISONS = [
    ("outline", "function", "the unit: outlines, or functions with all functions inside"),
    ("function", "original", "the answer: canonical, or as the author wrote it"),
    ("function", "full", "the stream: terse, or full"),
    ("function", "listing", "the prompt: a terse stream, or a text listing"),
]

# Instructions, as luadec-tok score groups them.
SIZES = [(1, 10), (11, 30), (31, 100), (101, 300), (301, math.inf)]

BEGIN, END = "<!-- results: written by examples/recipe/run.py -->", "<!-- end of results -->"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("--variants", required=True)
    parser.add_argument("--seeds", type=int, required=True)
    parser.add_argument("--setting", action="append", default=[])
    args = parser.parse_args()

    settings = dict(setting.split("=", 1) for setting in args.setting)
    report = measure(args.work, args.variants.split(","), range(args.seeds), settings)
    args.output.mkdir(parents=True, exist_ok=True)
    (args.output / "report.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    sections = describe(report)
    text = markdown(sections)
    (args.output / "report.md").write_text(text, encoding="utf-8")
    (args.output / "report.html").write_text(page(sections), encoding="utf-8")


def insert(page, text):
    """Puts the results into a page, between its marks."""
    before, rest = page.read_text(encoding="utf-8").split(BEGIN)
    _, after = rest.split(END)
    page.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{after}", encoding="utf-8")


def measure(work, variants, seeds, settings):
    """Returns all figures."""
    functions = rows(work / "parts/functions.jsonl")
    scores = {row["id"]: row for row in rows(work / "empty/scores.jsonl")}
    empty = {id: any(sample["same"] for sample in row["samples"]) for id, row in scores.items()}
    for row in functions:
        # Without the RETURN that ends every function, as in the pages of luadec-tok score.
        row["instructions"] = scores[row["id"]]["samples"][0]["instructions"]
    measured = {variant: [run(work, variant, seed, functions) for seed in seeds] for variant in variants}
    # Functions whose records fit into the context of all variants.
    common = [
        row["id"] for row in functions if all(row["id"] in one["bits"] for runs in measured.values() for one in runs)
    ]
    report = {
        "settings": settings,
        "functions": len(functions),
        "files": len({row["path"] for row in functions}),
        "functions_with_bits": len(common),
        "empty": by_size(functions, [empty]),
        "variants": {},
        "comparisons": [],
    }
    for variant, runs in measured.items():
        same = [one["same"] for one in runs]
        report["variants"][variant] = {
            "training": [one["training"] for one in runs],
            "fit": len(runs[0]["bits"]),
            "same": by_size(functions, same),
            "similarity": mean(mean(one["similarity"].values()) for one in runs),
            "bits": mean(one["bits"][id] for one in runs for id in common),
        }
        if runs[0]["proofs"] is not None:
            # Two judges: of a function alone, and of its outlines one by one.
            report["variants"][variant] |= {
                "files_proven": rate([sum(one["proofs"].values()) for one in runs], len(runs[0]["proofs"])),
                "functions_where_assemble_agrees": [
                    sum(one["same"][row["id"]] == one["proven"][row["id"]] for row in functions) for one in runs
                ],
            }
    for first, second, what in COMPARISONS:
        if first in measured and second in measured:
            found = {"first": first, "second": second, "what": what}
            for figure, sign in ("same", 1), ("bits", -1):
                a, b = (average([one[figure] for one in measured[name]]) for name in (first, second))
                ids = [id for id in a if id in b]
                better, worse = (sum(sign * way * (a[id] - b[id]) > 0 for id in ids) for way in (1, -1))
                found[figure] = {
                    "functions": len(ids), "first": mean(a[id] for id in ids), "second": mean(b[id] for id in ids),
                    "better": better, "worse": worse, "p": sign_test(better, worse),
                }
            report["comparisons"].append(found)
    return report


def run(work, variant, seed, functions):
    """Returns the figures of one model: for each function, by its id."""
    name = f"{variant}-{seed}"
    scores = {row["id"]: row for row in rows(work / f"score-{name}/scores.jsonl")}
    bits = {(row["path"], row["function"]): row["bits"] for row in rows(work / f"answers-{name}/bits.jsonl")}
    found = {
        "same": {row["id"]: scores[row["id"]]["same"] for row in functions},
        "similarity": {row["id"]: scores[row["id"]]["similarity"] for row in functions},
        "bits": {},
        "training": json.loads((work / f"model-{name}/training.json").read_text()),
        "proofs": None,
    }
    proofs = {
        path.relative_to(work / f"files-{name}/proofs").with_suffix(".lua").as_posix(): json.loads(path.read_text())
        for path in sorted((work / f"files-{name}/proofs").rglob("*.json"))
    }
    if not proofs:
        places = {row["id"]: (row["path"], row["function"]) for row in functions}
        found["bits"] = {id: bits[place] for id, place in places.items() if place in bits}
        return found
    # A function is the sum of its outlines: its own, and those of all functions inside it.
    outcomes = {
        path: {outline["function"]: outline["outcome"] == "proven" for outline in proof["by_function"]}
        for path, proof in proofs.items()
    }
    found["proofs"] = {path: proof["same"] for path, proof in proofs.items()}
    found["proven"] = {}
    for row in functions:
        outlines = [name for name in outcomes[row["path"]] if f"{name} >".startswith(f"{row['function']} >")]
        found["proven"][row["id"]] = all(outcomes[row["path"]][name] for name in outlines)
        parts = [bits.get((row["path"], name)) for name in outlines]
        if None not in parts:
            found["bits"][row["id"]] = sum(parts)
    return found


def by_size(functions, runs):
    """Returns the rates of functions for which runs are true, for each size and for all."""
    groups = {f"{low}-{high}" if high < math.inf else f"over {low - 1}": [] for low, high in SIZES}
    for row in functions:
        index = next(index for index, (_, high) in enumerate(SIZES) if row["instructions"] <= high)
        list(groups.values())[index].append(row["id"])
    groups["all"] = [row["id"] for row in functions]
    return {name: rate([sum(run[id] for id in ids) for run in runs], len(ids)) for name, ids in groups.items()}


def rate(counts, total):
    """Returns the rate of runs over the same things, with an interval for one run: the runs are not independent."""
    low, high = wilson(mean(counts), total)
    return {"counts": counts, "of": total, "rate": mean(counts) / total if total else 0.0, "low": low, "high": high}


def wilson(count, total, z=1.959964):
    """Returns the bounds of Wilson's interval, of 95 %."""
    if not total:
        return 0.0, 1.0
    share = count / total
    middle = share + z * z / (2 * total)
    reach = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    return tuple(min(max((middle + way * reach) / (1 + z * z / total), 0.0), 1.0) for way in (-1, 1))


def sign_test(better, worse):
    """Returns the probability of a difference at least as great by chance, both ways."""
    total = better + worse
    tail = sum(math.comb(total, count) for count in range(min(better, worse) + 1))
    return min(1.0, 2 * tail / 2**total)


def average(runs):
    """Returns the mean of runs for each function."""
    return {id: mean(run[id] for run in runs) for id in runs[0]}


def mean(values):
    values = list(values)
    return statistics.fmean(values) if values else 0.0


def rows(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


Table = collections.namedtuple("Table", "title text header rows")


def describe(report):
    """Returns the figures as tables of strings."""
    variants = report["variants"]
    seeds = max(len(variant["training"]) for variant in variants.values())
    settings = "; ".join(f"{key}: {value}" for key, value in report["settings"].items())
    sections = [
        Table(
            "All held-out functions",
            f"{report['functions']} functions in {report['files']} files. Seeds: {seeds}. {settings}. `same` is the mean"
            " of the seeds, with Wilson's interval of 95 % for one run, and the counts of each seed. Bits are those of"
            f" the {report['functions_with_bits']} functions whose records fit into the context of every variant.",
            ["variant", "same", "95 %", "by seed", "similarity", "bits per function"],
            [
                ["an empty function", *shares(report["empty"]["all"]), "", ""],
                *(
                    [name, *shares(one["same"]["all"]), f"{one['similarity']:.3f}", f"{one['bits']:.1f}"]
                    for name, one in variants.items()
                ),
            ],
        ),
        Table(
            "`same` by size",
            "Sizes are in instructions, those of the functions inside included.",
            ["variant", *(f"{size} (n={one['of']})" for size, one in report["empty"].items() if size != "all")],
            [
                [name, *(percent(one["rate"]) if one["of"] else "" for size, one in sizes.items() if size != "all")]
                for name, sizes in [("an empty function", report["empty"])]
                + [(name, one["same"]) for name, one in variants.items()]
            ],
        ),
    ]
    proven = [(name, one) for name, one in variants.items() if "files_proven" in one]
    if proven:
        sections.append(
            Table(
                "Files assembled and proven",
                "Only outlines have answers for the main function, without which there is no file. The last column says"
                " for how many functions `assemble`, which proves outlines, agrees with `score`.",
                ["variant", "proven", "95 %", "by seed", "agreement by seed"],
                [
                    [name, *shares(one["files_proven"]), " ".join(map(str, one["functions_where_assemble_agrees"]))]
                    for name, one in proven
                ],
            )
        )
    if report["comparisons"]:
        sections.append(
            Table(
                "Comparisons",
                "How many functions the first does better and worse than the second, in the mean of the seeds; p is"
                " that of a two-sided sign test. Bits are those of all functions that fit into the context of both.",
                [
                    "what differs", "first", "second", "`same`", "better, worse", "p",
                    "bits per function", "of functions", "better, worse", "p",
                ],
                [
                    [
                        one["what"], one["first"], one["second"],
                        f"{percent(one['same']['first'])}, {percent(one['same']['second'])}", *test(one["same"]),
                        f"{one['bits']['first']:.1f}, {one['bits']['second']:.1f}", str(one["bits"]["functions"]),
                        *test(one["bits"]),
                    ]
                    for one in report["comparisons"]
                ],
            )
        )
    sections.append(
        Table(
            "Training",
            "Means of the seeds. The time is equal, not the number of tokens. A function that does not fit into the"
            " context has no answer and counts as one that is not the same.",
            ["variant", "device", "minutes", "parameters", "steps", "tokens", "loss at the end", "functions that fit"],
            [
                [
                    name, one["training"][0]["device"], f"{one['training'][0]['minutes']:g}",
                    f"{one['training'][0]['parameters']:,}",
                    *(f"{mean(run[key] for run in one['training']):,.0f}" for key in ("steps", "tokens")),
                    f"{mean(run['loss'] for run in one['training']):.3f}", str(one["fit"]),
                ]
                for name, one in variants.items()
            ],
        )
    )
    return sections


def shares(one):
    return [
        percent(one["rate"]) if one["of"] else "", f"{100 * one['low']:.1f} to {100 * one['high']:.1f}",
        " ".join(map(str, one["counts"])) + f" of {one['of']}",
    ]


def test(one):
    return [f"{one['better']}, {one['worse']}", f"{one['p']:.2g}"]


def percent(share):
    return f"{100 * share:.1f} %"


def markdown(sections):
    def row(cells):
        return "| " + " | ".join(cells) + " |\n"

    text = ""
    for section in sections:
        align = ["---"] + ["---:"] * (len(section.header) - 1)
        table = row(section.header) + row(align) + "".join(map(row, section.rows))
        text += f"### {section.title}\n\n{section.text}\n\n{table}\n"
    return text.removesuffix("\n")


def page(sections):
    """Returns a page that loads nothing from elsewhere. Shares have bars."""

    def escape(text):
        return re.sub("`(.*?)`", r"<code>\1</code>", html.escape(text))

    def cell(text):
        share = re.fullmatch(r"([\d.]+) %", text)
        bar = f'<i style="width:{share[1]}%"></i>' if share else ""
        return f"<td>{escape(text)}{bar}</td>"

    body = ""
    for section in sections:
        lines = "".join("<tr>" + "".join(map(cell, row)) + "</tr>\n" for row in section.rows)
        head = "".join(f"<th>{escape(text)}</th>" for text in section.header)
        body += f"<h2>{escape(section.title)}</h2>\n<p>{escape(section.text)}</p>\n"
        body += f"<table>\n<tr>{head}</tr>\n{lines}</table>\n"
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        "<title>A decompiler in an afternoon</title>\n<style>\n"
        "body { font: 16px/1.5 sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }\n"
        "table { border-collapse: collapse }\n"
        "td, th { padding: .2rem .8rem; border-bottom: 1px solid #ccc; text-align: right }\n"
        "td:first-child, th:first-child { text-align: left } td { position: relative }\n"
        "i { position: absolute; left: 0; bottom: 0; height: 3px; background: #36c }\n"
        f"</style>\n<h1>A decompiler in an afternoon</h1>\n{body}</html>\n"
    )


if __name__ == "__main__":
    main()
