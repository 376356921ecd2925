"""Compares AutoTokenizer with tokenizers and --ids, for the tokenizers in the working directory."""

import json
import os
import sys

os.environ["HF_HUB_OFFLINE"] = "1"

from tokenizers import Tokenizer
from transformers import AutoTokenizer

record = json.loads(open("text.jsonl", encoding="utf-8").readline())
for name in sys.argv[1:]:
    auto = AutoTokenizer.from_pretrained(name)
    alone = Tokenizer.from_file(f"{name}/tokenizer.json")
    assert len(auto) == alone.get_vocab_size(), name
    for message in record["messages"]:
        wanted = alone.encode(message["content"], add_special_tokens=False).ids
        assert auto.encode(message["content"], add_special_tokens=False) == wanted, name
    assert auto.eos_token == "<|im_end|>", name
    assert auto.pad_token in ("<|pad|>", "[PAD]", "<pad>"), (name, auto.pad_token)
    assert len({auto.convert_tokens_to_ids(token) for token in ("<|R0|>", "<|N1|>", "<|+1|>")}) == 3, name
    chat = auto.apply_chat_template(record["messages"], return_dict=True, return_assistant_tokens_mask=True)
    # The template ends with a line end, which is not learned.
    ids = json.loads(open(f"{name}/ids.jsonl", encoding="utf-8").readline())
    count = len(ids["input_ids"])
    assert chat["input_ids"][:count] == ids["input_ids"], name
    labels = [id if mask else -100 for id, mask in zip(chat["input_ids"], chat["assistant_masks"])]
    assert labels[:count] == ids["labels"] and set(labels[count:]) <= {-100}, name
