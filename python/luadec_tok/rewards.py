"""Rewards for training by reinforcement: 1 for the same code, up to 0.5 for other code, 0 for no code."""

# verl may load this file by its path, so the import is absolute.
from __future__ import annotations

from functools import lru_cache
from typing import Any, Dict, List, Mapping, Optional, Sequence, Union

from luadec_tok import BadRow, Scorer

#: A text, or the turns of a conversation.
Text = Union[str, Sequence[Mapping[str, Any]]]


def reward(figures: Mapping[str, Any], partial: float = 0.5) -> float:
    """Returns the reward for the figures of an answer. `partial` is the most for code that is not the same."""
    if figures["same"]:
        return 1.0
    return partial * figures["similarity"] if figures["compiles"] else 0.0


class SameCode:
    """A reward function for TRL: `GRPOTrainer(reward_funcs=SameCode())`.

    The prompts are those of records of `luadec-tok dataset`. The options are those of `luadec-tok score`.
    """

    __name__ = "same_code"

    def __init__(self, *options: str, partial: float = 0.5) -> None:
        self._scorer = Scorer(*options)
        self._partial = partial

    def __call__(self, prompts: Sequence[Text], completions: Sequence[Text], **columns: Any) -> List[float]:
        """Returns a reward for each completion. A column `outline` says that the prompts are outlines."""
        rows: List[Dict[str, Any]] = [
            {"prompt": _last(prompt), "prediction": _last(completion)}
            for prompt, completion in zip(prompts, completions)
        ]
        for row, outline in zip(rows, columns.get("outline") or []):
            if outline is not None:
                row["outline"] = outline
        rewards = []
        for row, figures in zip(rows, self._scorer.score_many(rows)):
            # A prompt that was cut would give no answer a reward.
            if "bad_row" in figures:
                raise BadRow("%s: %.80r" % (figures["bad_row"], row["prompt"]))
            rewards.append(reward(figures, self._partial))
        return rewards


#: The reward function for chunks of Lua 5.3: `GRPOTrainer(reward_funcs=same_code)`.
same_code = SameCode()


def _last(text: Text) -> Any:
    """Returns a text, or the last turn of a conversation."""
    return text if isinstance(text, str) else text[-1]["content"]


def compute_score(
    data_source: str,
    solution_str: str,
    ground_truth: str,
    extra_info: Optional[Mapping[str, Any]] = None,
    options: Sequence[str] = (),
    partial: float = 0.5,
    **_: Any,
) -> float:
    """Returns the reward for an answer, as verl's `custom_reward_function` does.

    `ground_truth` is the stream that was asked about, as `verl_row` writes it. `options`, which verl takes
    from `reward_kwargs`, are those of `luadec-tok score`.
    """
    outline = bool((extra_info or {}).get("outline"))
    return reward(_scorer(tuple(options)).score(ground_truth, solution_str, outline=outline), partial)


@lru_cache(maxsize=None)
def _scorer(options: Sequence[str]) -> Scorer:
    return Scorer(*options)


def verl_row(record: Mapping[str, Any]) -> Dict[str, Any]:
    """Returns the row of verl's data for a record of `luadec-tok dataset` with `messages`."""
    stream, _ = record["messages"]
    extra = {key: record.get(key) for key in ("id", "path", "function", "outline")}
    return {
        "data_source": "luadec-tok",
        "prompt": [dict(stream)],
        "ability": "decompile",
        "reward_model": {"style": "rule", "ground_truth": stream["content"]},
        "extra_info": extra,
    }
