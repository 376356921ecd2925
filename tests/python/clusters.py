"""Runs the scripts of docs/CLUSTERS.md on 20,000 rows in 1, 7 and 64 partitions, and compares what they make with a
single run of the command: python3 tests/python/clusters.py [--rows N] [--only SCRIPT] SOURCES...

It needs pyarrow, pyspark, ray, datatrove and datasets, and takes many minutes, so it is not among the tests.
"""

import argparse
import glob
import gzip
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

import luadec_tok
from luadec_tok import arrow

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OPTIONS = ["-q", "--path-key", "path", "--unit", "outline", "--dedup", "none", "--keep-errors"]
STACK = "-q --path-key path --unit outline --split train=0.98,test=0.02 --group-depth 2".split()
#: The share of rows that are not Lua.
BAD = 0.05


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=20000)
    parser.add_argument("--only", help="run this script only")
    parser.add_argument("--partitions", type=int, nargs="*", default=[1, 7, 64])
    parser.add_argument("sources", nargs="+", help="directories of Lua files")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        os.chdir(directory)
        scripts = write_scripts()
        rows = make_rows(args.sources, args.rows)
        # Scripts call the command by its name.
        os.symlink(luadec_tok.find_luadec_tok(), "luadec-tok")
        os.environ["PYSPARK_PYTHON"] = sys.executable
        os.environ["PATH"] = directory + os.pathsep + os.environ["PATH"]
        wanted = {}
        for name, kind in (("plain", []), ("split", ["--split", "train=0.98,test=0.02"])):
            wanted[name] = sorted(map(canonical, luadec_tok.dataset(rows, *OPTIONS, *kind)))
        wanted["first"] = first_by_path(map(json.loads, wanted["split"]))
        wanted["bare"] = sorted(canonical(dict(json.loads(record), meta={})) for record in wanted["plain"])
        wanted["stack"] = sorted(map(canonical, luadec_tok.dataset(stack_of(rows, with_path=True), *STACK)))
        print(len(rows), "rows,", len(wanted["plain"]), "records and errors", flush=True)
        for script in scripts:
            for partitions in args.partitions:
                if args.only in (None, script):
                    check(script, rows, partitions, wanted)


def write_scripts():
    """Writes the scripts of the page, which begin with their names, and returns the names."""
    with open(os.path.join(ROOT, "docs", "CLUSTERS.md"), encoding="utf-8") as file:
        page = file.read()
    names = []
    for block in re.findall(r"```python\n(.*?)```", page, re.S):
        name = re.match(r"# (\w+\.py) ", block).group(1)
        with open(name, "w", encoding="utf-8") as file:
            file.write(block)
        names.append(name)
    return names


def make_rows(sources, count):
    """Returns rows of files and of their functions, in random order, some of which are not Lua."""
    command = "dataset -q --unit both --answers original --strip always --dedup none --stream terse --max-bytes 8k -o -"
    run = [luadec_tok.find_luadec_tok(), *command.split(), *sources]
    rows = []
    with subprocess.Popen(run, stdout=subprocess.PIPE) as process:
        for line in process.stdout:
            record = json.loads(line)
            text = record["messages"][1]["content"]
            if re.match(r"\s*function\s*\(", text):
                text = "return " + text
            path = "%s/%s.lua" % (record["path"], record.get("function", "file").replace(" > ", "-").replace(" ", "-"))
            rows.append({"content": text, "path": "/".join(path.split("/")[-5:]), "line": len(rows)})
    random.seed(0)
    random.shuffle(rows)
    rows = rows[:count]
    for row in rows[: int(BAD * count)]:
        row["content"] += "\nend end"
    random.shuffle(rows)
    return rows


def check(script, rows, partitions, wanted):
    for name in "in", "out":
        shutil.rmtree(name, ignore_errors=True)
        os.makedirs(name)
    begin = time.time()
    made, kind = RUNS[script](script, rows, partitions)
    made = sorted(map(canonical, made))
    print("%s: %d partitions: %d rows in %.0f s: " % (script, partitions, len(made), time.time() - begin), end="")
    if made != wanted[kind]:
        different = set(made) ^ set(wanted[kind])
        sys.exit("not the same: %d differ, such as\n%s" % (len(different), min(different)))
    print("the same", flush=True)


def canonical(record):
    """Returns a record as JSON, with sorted keys, without empty columns of Arrow."""
    record = {key: value for key, value in record.items() if value is not None}
    if isinstance(record.get("meta"), str):
        record["meta"] = json.loads(record["meta"])
    return json.dumps(record, sort_keys=True, ensure_ascii=False)


def first_by_path(records):
    """Returns the good records, and of those with the same code the first by path."""
    firsts = {}
    for record in records:
        if "error" not in record:
            key = record["code"], record["stripped"]
            place = record["path"], record["function"], record["id"]
            if key not in firsts or place < firsts[key][0]:
                firsts[key] = place, canonical(record)
    return sorted(text for _, text in firsts.values())


def run(script, *arguments):
    done = subprocess.run([sys.executable, script, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        sys.exit("%s: %s" % (script, done.stdout.decode()[-5000:]))


def jsonl(rows, partitions):
    """Writes rows to files of JSON Lines."""
    for part in range(partitions):
        with open("in/%02d.jsonl" % part, "w", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows[part::partitions])


def parquet():
    return arrow.read_rows(sorted(glob.glob("out/**/*.parquet", recursive=True)))


def spark_arrow(script, rows, partitions):
    arrow.write_parquet("in/rows.parquet", rows)
    run(script, "in", "out/set", partitions)
    return parquet(), "first"


def spark_pipe(script, rows, partitions):
    # The bad rows are in a file of their own, and another one is empty.
    bad = [row for row in rows if row["content"].endswith("\nend end")]
    jsonl([row for row in rows if not row["content"].endswith("\nend end")], partitions)
    with open("in/bad.jsonl", "w") as file:
        file.writelines(json.dumps(row) + "\n" for row in bad)
    open("in/empty.jsonl", "w").close()
    run(script, "in", "out/set")
    return lines("out/set/part-*"), "plain"


def ray_data(script, rows, partitions):
    arrow.write_parquet("in/rows.parquet", rows)
    run(script, "in", os.path.abspath("out/set"), partitions)
    return parquet(), "plain"


def datatrove_step(script, rows, partitions):
    jsonl(rows, 64)
    run(script, "in", "out/set", partitions)
    # The step passes the source and the path only.
    return lines("out/set/*.jsonl.gz"), "bare"


def datasets_map(script, rows, partitions):
    jsonl(rows, 1)
    run(script, "in/00.jsonl", "out/set.jsonl", partitions)
    return lines("out/set.jsonl"), "plain"


def the_stack(script, rows, partitions):
    # Of those with the same code, the first stays.
    size = -(-len(rows) // partitions)
    for part in range(partitions):
        some = rows[part * size : (part + 1) * size]
        arrow.write_parquet("in/%02d.parquet" % part, stack_of(some, with_path=False))
    run(script, "out/set.parquet", *sorted(glob.glob("in/*.parquet")))
    return parquet(), "stack"


def stack_of(rows, with_path):
    """Returns rows with keys of The Stack."""
    stack = []
    for row in rows:
        first, _, path = row["path"].partition("/")
        name = "%s/%s" % (first, first)
        keys = {"content": row["content"], "hexsha": "%040x" % row["line"], "max_stars_repo_name": name}
        keys.update({"max_stars_repo_path": path, "max_stars_repo_licenses": ["MIT"]})
        stack.append(dict(keys, path="%s/%s" % (name, path)) if with_path else dict(keys, size=len(row["content"])))
    return stack


def lines(pattern):
    for name in sorted(glob.glob(pattern)):
        with (gzip.open if name.endswith(".gz") else open)(name, "rt", encoding="utf-8") as file:
            yield from map(json.loads, file)


RUNS = {
    function.__name__ + ".py": function
    for function in (spark_arrow, spark_pipe, ray_data, datatrove_step, datasets_map, the_stack)
}

if __name__ == "__main__":
    main()
