"""Holds the ids in the working folder against what transformers makes of the same records."""

import importlib.util
import json
import os

os.environ["HF_HOME"] = os.path.join(os.getcwd(), "home")
os.environ["HF_HUB_OFFLINE"] = "1"

import datasets
import numpy
from transformers import PreTrainedTokenizerFast

tokenizer = PreTrainedTokenizerFast(tokenizer_file="tok/tokenizer.json", eos_token="</s>")


def lines(name):
    with open(name, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


# Prompt and completion.
completion = datasets.load_from_disk("completion")
assert completion.column_names == ["input_ids", "labels", "attention_mask", "id", "path", "code", "stripped"]
for found, record in zip(completion, lines("completion.jsonl"), strict=True):
    prompt = tokenizer.encode(record["prompt"], add_special_tokens=False)
    answer = tokenizer.encode(record["completion"], add_special_tokens=False) + [tokenizer.eos_token_id]
    assert found["id"] == record["id"]
    assert found["input_ids"] == prompt + answer, record["path"]
    assert found["labels"] == [-100] * len(prompt) + answer
    assert found["attention_mask"] == [1] * len(prompt + answer)
    assert record["tokens"] == len(prompt + answer)
    # Bytes of an answer survive decoding.
    assert tokenizer.decode(answer, skip_special_tokens=True) == record["completion"]

# The chat template, and what it says is the assistant's.
template = open("chatml.jinja", encoding="utf-8").read()
chat = datasets.load_from_disk("chat")
assert set(chat) == {"train", "val"}
rows = {row["id"]: row for part in chat.values() for row in part}
records = lines("messages.jsonl")
assert len(rows) == len(records)
for record in records:
    found = rows[record["id"]]
    wanted = tokenizer.apply_chat_template(
        record["messages"], chat_template=template, return_dict=True, return_assistant_tokens_mask=True
    )
    assert found["input_ids"] == wanted["input_ids"], record["path"]
    assert [bool(mask) for mask in wanted["assistant_masks"]] == [label != -100 for label in found["labels"]]

ids = numpy.load("chat.npy", mmap_mode="r")
assert ids.dtype == numpy.uint16 and len(ids) > 0
print(len(rows), "records are as transformers has them")

missing = [name for name in ("torch", "trl") if importlib.util.find_spec(name) is None]
if missing:
    print("not trained: there is no", " and no ".join(missing))
else:
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM
    from trl import SFTConfig, SFTTrainer

    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=32, intermediate_size=64, num_hidden_layers=1,
        num_attention_heads=2, num_key_value_heads=2, max_position_embeddings=8192,
    )
    tokenizer.pad_token = tokenizer.eos_token
    arguments = SFTConfig(
        output_dir="trained", max_steps=3, per_device_train_batch_size=2, max_length=None,
        report_to=[], save_strategy="no", logging_steps=1, use_cpu=True, learning_rate=1e-2,
    )
    trainer = SFTTrainer(
        model=LlamaForCausalLM(config), args=arguments, train_dataset=completion, processing_class=tokenizer
    )
    batch = trainer.data_collator([trainer.train_dataset[0], trainer.train_dataset[1]])
    for row, labels in enumerate(batch["labels"].tolist()):
        answer = [label for label in completion[row]["labels"] if label != -100]
        assert [label for label in labels if label != -100] == answer
    trainer.train()
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    assert len(losses) == 3 and losses[-1] < losses[0], losses
    print("trained by TRL:", losses)
