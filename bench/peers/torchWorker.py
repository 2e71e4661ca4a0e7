"""Trains the reference model in PyTorch, one step for every line on stdin; answers with the step's milliseconds.

The first line on stdin is the configuration as JSON; the first answer names versions and sizes.
`compile: true` wraps the loss in `torch.compile` where this PyTorch has it.
"""

import json
import sys
import time

import torch

from torchModel import Model


def main():
    config = json.loads(sys.stdin.readline())
    torch.manual_seed(0)
    torch.set_num_threads(config["threads"])
    device = torch.device(config.get("device", "cpu"))
    synchronize = torch.cuda.synchronize if device.type == "cuda" else lambda: None
    model = Model(
        config["vocabulary"],
        config["width"],
        config["layers"],
        config["mlpWidth"],
        heads=config["heads"],
        size=config["keySize"],
        taps=config["convolution"],
        gated=config["gated"],
        chunk=config["chunkSize"],
    ).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.95), weight_decay=0.1)
    loss_of = torch.compile(model.loss) if config.get("compile") else model.loss
    parameters = sum(p.numel() for p in model.parameters())
    answer({"torch": torch.__version__, "threads": torch.get_num_threads(), "parameters": parameters})
    shape = (config["rows"], config["length"])
    for _ in sys.stdin:
        ids, targets = (torch.randint(config["vocabulary"], shape) for _ in range(2))  # on the host, like ours
        start = time.perf_counter()
        optimizer.zero_grad()
        loss = loss_of(ids.to(device), targets.to(device))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        value = loss.item()
        synchronize()
        answer({"stepMs": (time.perf_counter() - start) * 1000, "loss": value})


def answer(message):
    print(json.dumps(message), flush=True)


main()
