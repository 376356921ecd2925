"""How a record is put to a model: in the tokenizer's chat template, both in training and after it.

A model that learned from one framing answers nonsense in another, so sft.py, grpo.py and generate.py share this
one. The records are those of `luadec-tok dataset` in its default format, with `messages`.
"""

import sys


def turns(record):
    """The stream and the source as TRL takes them: as turns of a conversation."""
    stream, source = record["messages"]
    return {"prompt": [stream], "completion": [source]}


def load(files):
    """Records as turns."""
    from datasets import load_dataset

    records = load_dataset("json", data_files=files, split="train")
    return records.map(turns, remove_columns=records.column_names)


def encode(tokenizer, conversation, answer_follows):
    """The ids of a conversation."""
    return tokenizer.apply_chat_template(conversation, add_generation_prompt=answer_follows, return_dict=True)["input_ids"]


def say_lengths(tokenizer, records):
    """Says how long records are, as nothing may be cut, and returns the most ids of an answer."""
    prompts = [len(encode(tokenizer, record["prompt"], True)) for record in records]
    wholes = [len(encode(tokenizer, record["prompt"] + record["completion"], False)) for record in records]
    answers = [whole - prompt for whole, prompt in zip(wholes, prompts)]
    print(
        f"{len(wholes)} records; the longest has {max(wholes)} tokens, the longest prompt {max(prompts)}, the longest"
        f" answer {max(answers)}; dataset --max-tokens bounds them",
        file=sys.stderr,
    )
    return max(answers)


def device():
    """The options of a trainer for what this machine has."""
    import torch

    gpu = torch.cuda.is_available()
    return {"use_cpu": not gpu, "bf16": gpu and torch.cuda.is_bf16_supported()}


def fit(model, tokenizer):
    """Gives a model rows for all tokens, and tells it where an answer ends."""
    if model.get_input_embeddings().num_embeddings < len(tokenizer):
        model.resize_token_embeddings(len(tokenizer))
    for config in (model.config, model.generation_config):
        config.eos_token_id = tokenizer.eos_token_id
        config.pad_token_id = tokenizer.pad_token_id
    return model
