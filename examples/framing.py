"""Formats records with the chat template of a tokenizer, for training and for inference.

A model that was trained with one format fails with another, so sft.py, grpo.py and generate.py share this one. They
read the records of `luadec-tok dataset` in its default format, with `messages`.
"""

import sys


def turns(record):
    """Returns the stream and the source as turns of a conversation, as TRL expects them."""
    stream, source = record["messages"]
    return {"prompt": [stream], "completion": [source]}


def load(files):
    """Loads records as turns."""
    from datasets import load_dataset

    records = load_dataset("json", data_files=files, split="train")
    return records.map(turns, remove_columns=records.column_names)


def encode(tokenizer, conversation, answer_follows):
    """Returns the ids of a conversation."""
    return tokenizer.apply_chat_template(conversation, add_generation_prompt=answer_follows, return_dict=True)["input_ids"]


def print_lengths(tokenizer, records):
    """Prints the lengths of records, which must not be truncated, and returns that of the longest answer."""
    prompts = [len(encode(tokenizer, record["prompt"], True)) for record in records]
    wholes = [len(encode(tokenizer, record["prompt"] + record["completion"], False)) for record in records]
    answers = [whole - prompt for whole, prompt in zip(wholes, prompts)]
    print(
        f"{len(wholes)} records; the longest has {max(wholes)} tokens, the longest prompt {max(prompts)}, the longest"
        f" answer {max(answers)}; dataset --max-tokens limits them",
        file=sys.stderr,
    )
    return max(answers)


def device():
    """Returns the options of a trainer for this machine."""
    import torch

    gpu = torch.cuda.is_available()
    return {"use_cpu": not gpu, "bf16": gpu and torch.cuda.is_bf16_supported()}


def fit(model, tokenizer):
    """Gives a model embeddings for all tokens, and sets its end and pad tokens."""
    if model.get_input_embeddings().num_embeddings < len(tokenizer):
        model.resize_token_embeddings(len(tokenizer))
    for config in (model.config, model.generation_config):
        config.eos_token_id = tokenizer.eos_token_id
        config.pad_token_id = tokenizer.pad_token_id
    return model
