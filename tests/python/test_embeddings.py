"""The script of docs/TRAINERS.md that gives new tokens their embeddings, where transformers is installed."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import luadec_tok as L
from common import ROOT, needs_full


@needs_full
class Embeddings(unittest.TestCase):
    @unittest.skipUnless(
        importlib.util.find_spec("torch") and importlib.util.find_spec("transformers"),
        "torch and transformers are not installed",
    )
    def test_a_new_token_is_the_mean_of_its_parts(self):
        from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig, LlamaForCausalLM

        with open(os.path.join(ROOT, "docs", "TRAINERS.md"), encoding="utf-8") as file:
            script = re.search(r"```python\n(# embeddings.py .*?)```", file.read(), re.S).group(1)
        for is_tied in True, False:
            with tempfile.TemporaryDirectory() as directory:
                base, new, out = (os.path.join(directory, name) for name in ("base", "new", "out"))
                shutil.copytree(os.path.join(ROOT, "fixtures", "tokenizer"), base)
                before = AutoTokenizer.from_pretrained(base)
                config = LlamaConfig(
                    vocab_size=len(before), hidden_size=16, intermediate_size=32, num_hidden_layers=1,
                    num_attention_heads=2, num_key_value_heads=2, tie_word_embeddings=is_tied,
                )
                LlamaForCausalLM(config).save_pretrained(base)
                vocab = [L.find_luadec_tok(), "vocab", "-q", "--stream", "terse", "--add-to", base, "-o", new]
                subprocess.run(vocab, check=True)
                subprocess.run([sys.executable, "-c", script, base, new, out], check=True)

                after, model = AutoTokenizer.from_pretrained(out), AutoModelForCausalLM.from_pretrained(out)
                old = AutoModelForCausalLM.from_pretrained(base)
                for layer, was in (
                    (model.get_input_embeddings(), old.get_input_embeddings()),
                    (model.get_output_embeddings(), old.get_output_embeddings()),
                ):
                    self.assertGreaterEqual(len(layer.weight), len(after))
                    self.assertTrue((layer.weight[: len(before)] == was.weight).all())
                    for token, name in (("<|OP_LOADK|>", "OP_LOADK"), ("<|+12|>", "+12"), ("\\xFF", "\\xFF")):
                        parts = before.encode(name, add_special_tokens=False)
                        self.assertGreater(len(parts), 1)
                        row = after.convert_tokens_to_ids(token)
                        self.assertGreaterEqual(row, len(before))
                        self.assertTrue((layer.weight[row] == was.weight[parts].mean(0)).all(), token)


if __name__ == "__main__":
    unittest.main()
