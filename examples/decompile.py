"""Decompiles a Lua chunk with a model behind a server of the OpenAI kind, and proves the result.

    python3 examples/decompile.py game.luac -o game.lua --model NAME --server http://localhost:8000/v1

vLLM, llama.cpp and `transformers serve` are such servers. This asks for each function, assembles the answers, and asks
again for those that are not proven, with what is wrong about them, until the file is proven or nothing is left to try.
It needs luadec-tok in PATH and nothing else.
"""

import argparse
import concurrent.futures
import json
import os
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

# The exit status of luadec-tok assemble for a file that was written, but is not proven.
NOT_PROVEN = 3


def main():
    parser = argparse.ArgumentParser(description="Decompile a Lua chunk with a model behind a server.")
    parser.add_argument("chunk", help="the chunk")
    parser.add_argument("-o", "--output", required=True, help="the Lua file to write")
    parser.add_argument("--report", help="write what is proven to this file")
    parser.add_argument("--model", required=True, help="the name of the model on the server")
    parser.add_argument("--server", default="http://localhost:8000/v1", help="the address of the server")
    parser.add_argument("--luac", help="the compiler, for versions other than 5.3")
    parser.add_argument("--strip", action="store_true", help="ask without debug information")
    parser.add_argument("--rounds", type=int, default=3, help="the most rounds")
    parser.add_argument("--attempts", type=int, default=1, help="answers for each function and round")
    parser.add_argument("--temperature", type=float, default=0.0)
    parser.add_argument("--max-tokens", type=int, default=2048, help="the longest answer")
    parser.add_argument("--jobs", type=int, default=8, help="requests at once")
    parser.add_argument("--timeout", type=float, default=600, help="seconds to wait for an answer")
    args = parser.parse_args()

    with tempfile.TemporaryDirectory() as directory:
        answers = os.path.join(directory, "answers.jsonl")
        open(answers, "w").close()
        status = None
        for number in range(1, args.rounds + 1):
            requests = ask(args, answers if number > 1 else None)
            if not requests:
                break
            print(f"round {number}: {len(requests)} functions", file=sys.stderr)
            if send_all(args, requests, answers) == 0:
                sys.exit(f"no answer from {args.server}")
            status = assemble(args, answers)
            if status != NOT_PROVEN:
                break
        if status is None:
            sys.exit("there is nothing to ask")
        sys.exit(status)


def compiler(args):
    return ["--luac", args.luac] if args.luac else []


def ask(args, answers):
    """Returns the requests for the functions that are not proven yet."""
    command = ["luadec-tok", "ask", args.chunk, "--form", "openai", "--model", args.model]
    if args.strip:
        command.append("--strip")
    if answers:
        command += ["--after", answers, *compiler(args)]
    asked = subprocess.run(command, stdout=subprocess.PIPE)
    if asked.returncode != 0:
        sys.exit(asked.returncode)
    return [json.loads(line) for line in asked.stdout.splitlines()]


def send_all(args, requests, answers):
    """Sends requests and adds the answers to a file as they come. Returns how many there are."""
    count = 0
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool, open(answers, "a", encoding="utf-8") as rows:
        for request, texts in zip(requests, pool.map(lambda request: send(args, request), requests)):
            if texts:
                rows.write(json.dumps({"id": request["custom_id"], "prediction": texts}) + "\n")
                count += 1
    return count


def send(args, request):
    """Returns the answers to a request; none if the server fails."""
    body = {**request["body"], "temperature": args.temperature, "max_tokens": args.max_tokens, "n": args.attempts}
    # The bytes \\xNN and <|Hole|> are part of an answer. They are not special tokens, so servers keep them.
    address = args.server.rstrip("/") + request["url"].removeprefix("/v1")
    headers = {"Content-Type": "application/json", "Authorization": "Bearer " + os.environ.get("OPENAI_API_KEY", "none")}
    post = urllib.request.Request(address, json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(post, timeout=args.timeout) as response:
            choices = json.load(response)["choices"]
        return [choice["message"]["content"] for choice in choices if choice["message"]["content"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        detail = error.read().decode(errors="replace")[:200] if isinstance(error, urllib.error.HTTPError) else ""
        print(f"{request['custom_id']}: {error} {detail}".rstrip(), file=sys.stderr)
        return []


def assemble(args, answers):
    """Writes the file and returns the exit status of luadec-tok assemble."""
    command = ["luadec-tok", "assemble", args.chunk, answers, "-o", args.output, *compiler(args)]
    if args.report:
        command += ["--report", args.report]
    return subprocess.run(command).returncode


if __name__ == "__main__":
    main()
