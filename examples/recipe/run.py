"""Makes a decompiler of Lua sources and measures it: a set, a tokenizer, models, answers and a report.

    python3 examples/recipe/run.py --minutes 5

Needs luadec-tok with the feature full and luac5.3 in PATH, and Python with torch and transformers. docs/RECIPE.md says
what is compared and how. A run that was stopped goes on where it was: each step fills a directory below --work, which
is complete or absent. A step is done again if its commands, its scripts or a step that it needs have changed.
"""

import argparse
import concurrent.futures
import fcntl
import hashlib
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import time

import model
import report

HERE = pathlib.Path(__file__).resolve().parent

# What a model is asked and learns to answer: the unit, the answers, and the prompt.
VARIANTS = {
    "outline": ("outline", "canonical", "terse"),
    "function": ("function", "canonical", "terse"),
    "original": ("function", "original", "terse"),
    "full": ("function", "canonical", "full"),
    "listing": ("function", "canonical", "listing"),
}


def main():
    parser = argparse.ArgumentParser(description="Make a decompiler of Lua sources, and measure it.")
    parser.add_argument("--work", type=pathlib.Path, default="recipe", help="the directory of all steps [recipe]")
    parser.add_argument("--sources", type=pathlib.Path, help="take sources from here instead of Debian packages")
    parser.add_argument("--files", type=int, help="take so many sources only")
    parser.add_argument("--held-out", type=int, default=60, help="the most files to decompile [60]")
    parser.add_argument("--split", default="train=0.85,test=0.15", help="shares of the projects [train=0.85,test=0.15]")
    parser.add_argument("--split-seed", type=int, default=2, help="another choice of projects [2]")
    parser.add_argument("--vocabulary", type=int, default=1024, help="tokens to learn besides those of streams [1024]")
    parser.add_argument("--size", choices=model.SIZES, default="cpu", help="the size of the models [cpu]")
    parser.add_argument("--minutes", type=float, default=5, help="the training of each model [5]")
    parser.add_argument("--variants", default=",".join(VARIANTS), help="what to compare [all]")
    parser.add_argument("--seeds", type=int, default=3, help="models of each variant [3]")
    parser.add_argument("--jobs", type=int, default=1, help="models at once [1]")
    parser.add_argument("--page", type=pathlib.Path, help="write the results into this page, between its marks")
    args = parser.parse_args()
    args.variants = args.variants.split(",")
    for variant in args.variants:
        if variant not in VARIANTS:
            parser.error(f"no such variant: {variant}; there are {', '.join(VARIANTS)}")
    for command in ["luadec-tok", "luac5.3"]:
        if not shutil.which(command):
            sys.exit(f"{command} is not in PATH")

    step = Steps(args.work)
    data(step, args)
    runs = [(variant, seed) for seed in range(args.seeds) for variant in args.variants]
    step.say(f"{len(runs)} models, {args.minutes:g} minutes of training each")
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for _ in pool.map(lambda one: train_and_ask(step, args, *one), runs):
            pass
    finish(step, args, runs)


def data(step, args):
    """Makes the sources, the split, the tokenizers and the ids."""
    sources = [shlex.quote(f"--sources={args.sources.resolve()}")] if args.sources else []
    files = [f"--files={args.files}"] if args.files else []
    step("sources", script("sources.py", '"$OUT"', *sources, *files), reads=args.sources)
    split = f"--dedup near --split {args.split} --seed {args.split_seed}"
    records = "luadec-tok dataset -q --unit {0} --answers {1} --stream {2} --strip always --format completion"
    functions = records.format("function", "canonical", "terse")
    step("functions", f'{functions} {split} -o "$OUT" sources', needs=["sources"])
    step("parts", script("parts.py", f'sources functions "$OUT" --held-out {args.held_out}'), needs=["functions"])
    step("chunks", script("chunks.py", 'parts "$OUT"'), needs=["parts"])

    context = model.SIZES[args.size]["context"]
    for variant in args.variants:
        unit, answers, prompt = VARIANTS[variant]
        if prompt == "listing":
            listings(step, functions, args.vocabulary, context)
            continue
        vocab = f"luadec-tok vocab -q --train {args.vocabulary} --stream {prompt}"
        step(f"tokenizer-{prompt}", f'{vocab} -o "$OUT" parts/train', needs=["parts"])
        ids = records.format(unit, answers, prompt)
        ids += f" --ids jsonl --tokenizer tokenizer-{prompt} --max-tokens {context}"
        step(
            f"ids-{variant}",
            f'{ids} {split} -o "$OUT" sources',
            f'{ids} --dedup none -o "$OUT/held.jsonl" parts/held',
            needs=["parts", f"tokenizer-{prompt}"],
        )
        if unit == "outline":
            ask = script("ask.py", f'chunks/held tokenizer-{prompt} --max-tokens {context} > "$OUT/asks.jsonl"')
            step("asks", ask, needs=["chunks", f"tokenizer-{prompt}"])


def listings(step, functions, vocabulary, context):
    """Makes a tokenizer and ids of listings, which luadec-tok dataset has no records of."""
    step(
        "listings",
        script("listing.py", 'chunks/train functions/train.jsonl > "$OUT/train.jsonl"'),
        f'{functions} --dedup none -o "$OUT/records.jsonl" parts/held',
        script("listing.py", 'chunks/held "$OUT/records.jsonl" > "$OUT/held.jsonl"'),
        needs=["chunks", "functions"],
    )
    vocab = f"luadec-tok vocab -q --train {vocabulary} --stream terse"
    step("tokenizer-listing", f'{vocab} --rows listings/train.jsonl -o "$OUT"', needs=["listings"])
    ids = "tokenizer-listing listings/{0}.jsonl --max-tokens {1} > \"$OUT/{0}.jsonl\""
    step(
        "ids-listing",
        *(script("ids.py", ids.format(part, context)) for part in ("train", "held")),
        needs=["listings", "tokenizer-listing"],
    )


def train_and_ask(step, args, variant, seed):
    """Trains a model, lets it answer, and scores its answers."""
    unit, _, prompt = VARIANTS[variant]
    name = f"{variant}-{seed}"
    options = f"--minutes {args.minutes} --seed {seed} --size {args.size}"
    train = script("train.py", f'tokenizer-{prompt} ids-{variant}/train.jsonl "$OUT" {options}')
    step(f"model-{name}", train, needs=[f"ids-{variant}"])
    predict = f'model-{name} "$OUT" --size {args.size} --answers ids-{variant}/held.jsonl --prompts '
    if unit == "outline":
        step(f"answers-{name}", script("predict.py", predict + "asks/asks.jsonl"), needs=["asks", f"model-{name}"])
        assemble = script("assemble.py", f'chunks/held answers-{name}/predictions.jsonl "$OUT"')
        step(f"files-{name}", assemble, needs=[f"answers-{name}"])
        answers, key = f"files-{name}", "functions.jsonl completion"
    else:
        predict += f"ids-{variant}/held.jsonl --functions parts/functions.jsonl"
        step(f"answers-{name}", script("predict.py", predict), needs=["parts", f"model-{name}"])
        answers, key = f"answers-{name}", "predictions.jsonl prediction"
    score(step, f"score-{name}", f" {answers}/{key}", needs=[answers])


def score(step, name, answers, needs=()):
    step(
        name,
        script("answers.py", f'parts/functions.jsonl{answers} > "$OUT/rows.jsonl"'),
        'luadec-tok score -q "$OUT/rows.jsonl" --report "$OUT/report.json" --html "$OUT/page.html"'
        ' > "$OUT/scores.jsonl"',
        needs=["parts", *needs],
    )


def finish(step, args, runs):
    """Measures the answer that needs no model, and writes the report."""
    score(step, "empty", "")
    version = subprocess.run(["luadec-tok", "--version"], check=True, stdout=subprocess.PIPE, text=True).stdout
    settings = {
        "sources": "a directory" if args.sources else "Debian packages",
        "size": args.size,
        "minutes for each model": f"{args.minutes:g}",
        "version": version.splitlines()[0],
    }
    options = [shlex.quote(f"--setting={key}={value}") for key, value in settings.items()]
    names = ",".join(args.variants)
    step(
        "report",
        script("report.py", f'. "$OUT" --variants {names} --seeds {args.seeds}', *options),
        needs=["empty", *(f"score-{variant}-{seed}" for variant, seed in runs)],
    )
    if args.page:
        report.insert(args.page, (args.work / "report/report.md").read_text(encoding="utf-8"))
    print(args.work / "report/report.html")


def script(name, *arguments):
    return " ".join(['"$PYTHON"', f'"$RECIPE/{name}"', *arguments])


class Steps:
    """Runs steps, each of which fills a directory, unless it was filled by the same commands before."""

    def __init__(self, root):
        self.root = root
        self.stamps = {}
        self.start = time.monotonic()
        root.mkdir(parents=True, exist_ok=True)
        # Held by the commands, too, which may outlive a run that is killed.
        self.lock = open(root / ".lock", "w")
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self.lock.close()
            sys.exit(f"another run, or a step of one, is at work in {root}")

    def __call__(self, name, *commands, needs=(), reads=None):
        """Runs commands of the shell in the root, with the new directory as $OUT. They may read a directory of files
        that no step made."""
        scripts = sorted({*re.findall(r"RECIPE/(\w+\.py)", " ".join(commands))})
        if {"train.py", "predict.py"} & set(scripts):
            scripts.append("model.py")
        stamp = [commands, [(HERE / name).read_text() for name in scripts], [self.stamps[need] for need in needs]]
        if reads:
            files = [(str(file), file.stat()) for file in sorted(reads.rglob("*")) if file.is_file()]
            stamp.append([(file, stat.st_size, stat.st_mtime_ns) for file, stat in files])
        stamp = hashlib.sha256(json.dumps(stamp).encode()).hexdigest()
        directory, unfinished = self.root / name, self.root / f"{name}.unfinished"
        mark = directory / ".stamp"
        if not mark.exists() or mark.read_text() != stamp:
            for old in directory, unfinished:
                if old.exists():
                    shutil.rmtree(old)
            unfinished.mkdir()
            environment = {"PYTHON": sys.executable, "RECIPE": str(HERE), "OUT": unfinished.name, "HF_HUB_OFFLINE": "1"}
            for command in commands:
                self.say(f"{name}: {command}")
                options = dict(shell=True, cwd=self.root, pass_fds=[self.lock.fileno()])
                ended = subprocess.run(command, env={**os.environ, **environment}, **options)
                if ended.returncode != 0:
                    sys.exit(f"{name}: exit status {ended.returncode}")
            (unfinished / ".stamp").write_text(stamp)
            unfinished.rename(directory)
        self.stamps[name] = stamp

    def say(self, text):
        print(f"[{(time.monotonic() - self.start) / 60:5.1f} min] {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
