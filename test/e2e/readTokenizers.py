"""Encodes sample texts by Python's tokenizers and compares with the ids that are written beside them.

Usage: python readTokenizers.py FOLDER      (needs: pip install tokenizers)
FOLDER has a folder per tokenizer with tokenizer.json and samples.jsonl, one [text, ids] per line.
"""

import json
import sys
from pathlib import Path

import tokenizers

failed = False
for folder in sorted(path.parent for path in Path(sys.argv[1]).glob("*/tokenizer.json")):
    tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    samples = [json.loads(line) for line in (folder / "samples.jsonl").read_text("utf-8").split("\n") if line]
    wrong = [(text, ids) for text, ids in samples if tokenizer.encode(text, add_special_tokens=False).ids != ids]
    unread = [text for text, ids in samples if "\ufffd" not in text and tokenizer.decode(ids) != text]
    print(f"tokenizers {tokenizers.__version__}, {folder.name}: {len(samples) - len(wrong)} of {len(samples)} texts alike")
    for text, ids in wrong[:3]:
        print(repr(text), ids, tokenizer.encode(text, add_special_tokens=False).ids)
    for text in unread[:3]:
        print("decoded differently:", repr(text))
    failed = failed or bool(wrong) or bool(unread) or not samples
    begins = tokenizer.encode("a").ids
    failed = failed or begins != [256, 97]
sys.exit(1 if failed else 0)
