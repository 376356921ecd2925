"""Reads the records in the working directory as the training stacks do."""

import importlib.util
import json
import os

os.environ["HF_HOME"] = os.path.join(os.getcwd(), "home")
os.environ["HF_HUB_OFFLINE"] = "1"

import datasets
from transformers.utils.chat_template_utils import render_jinja_template

# The ChatML template that Qwen2 and others ship.
CHATML = (
    "{% for message in messages %}"
    "{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}"
    "{% endfor %}"
)


def load(name):
    return datasets.load_dataset("json", data_files=name, split="train")


messages = load("messages.jsonl")
texts = load("text.jsonl")
assert messages.column_names == ["id", "messages", "path", "stripped", "stream", "lua", "sha256", "code", "instructions"]
assert texts.column_names == ["id", "text", "path", "stripped", "stream", "lua", "sha256", "code", "instructions"]
endings = [".gz"]
if importlib.util.find_spec("zstandard"):
    endings.append(".zst")
for ending in endings:
    assert load("messages.jsonl" + ending).to_list() == messages.to_list()
for record, text in zip(messages, texts, strict=True):
    rendered, _ = render_jinja_template([record["messages"]], chat_template=CHATML)
    assert rendered == [text["text"]], record["path"]
# The same bytes as json.dumps writes.
with open("messages.jsonl", encoding="utf-8") as lines:
    for line in lines:
        assert json.dumps(json.loads(line), ensure_ascii=False) + "\n" == line
print(len(messages), "records")
