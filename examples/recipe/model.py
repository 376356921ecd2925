"""What training and prediction share: sizes of models, and the loss of rows of ids."""

import json

# Llamas. The context is also the longest record that is trained on. A batch has so many tokens, an answer at most so many,
# and so many prompts are answered at once.
SIZES = {
    "cpu": dict(hidden=128, layers=3, heads=4, context=512, batch=1024, rate=3e-3, answer=256, prompts=32),
    "gpu": dict(hidden=512, layers=8, heads=8, context=2048, batch=32768, rate=1e-3, answer=512, prompts=256),
}

# The label of tokens that are not learned.
IGNORED = -100


def rows(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def batches(rows, tokens):
    """Puts rows of similar length together, at most so many tokens in a batch."""
    batch = []
    for row in sorted(rows, key=lambda row: len(row["input_ids"])):
        if batch and (len(batch) + 1) * len(row["input_ids"]) > tokens:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def losses(model, batch, device):
    """Returns the negative log-likelihood (in nats) of each token of the answers, and the row that each is of."""
    import torch

    longest = max(len(row["input_ids"]) for row in batch)
    # Attention is causal, so no token sees the padding after its row.
    fill = lambda key, value: torch.tensor([row[key] + [value] * (longest - len(row[key])) for row in batch]).to(device)
    ids, labels = fill("input_ids", 0), fill("labels", IGNORED)[:, 1:]
    hidden = model.model(input_ids=ids).last_hidden_state[:, :-1]
    learned = labels != IGNORED
    logits = model.lm_head(hidden[learned]).float()
    loss = torch.nn.functional.cross_entropy(logits, labels[learned], reduction="none")
    return loss, learned.nonzero()[:, 0]


def precision(device):
    """Returns the context in which a model runs on a device."""
    import contextlib

    import torch

    return torch.autocast("cuda", torch.bfloat16) if device == "cuda" else contextlib.nullcontext()
