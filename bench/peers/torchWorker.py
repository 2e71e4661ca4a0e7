"""Trains or runs a model in PyTorch, one answer in JSON for every line of JSON on stdin.

The first line describes the model, and where its weights lie. Then `{"step": {ids, targets, positions}}` makes one
training step, and `{"tokens": [[..], ..]}` reads so many tokens of every row one after another.
"""

import json
import sys
import time

import torch

from torchModel import Model

# Steps of so many rows at most that are timed for each size of a chunk, and tokens for each number of threads.
TRIED_STEPS, MOST_TRIED_ROWS, TRIED_TOKENS = 2, 4, 20


def read_weights(path, entries):
    """The tensors of a file of float32, one after the other; matrices as [out, in], as PyTorch has them."""
    with open(path, "rb") as file:
        data = torch.frombuffer(bytearray(file.read()), dtype=torch.float32)
    named, first = [], 0
    for entry in entries:
        size = 1
        for n in entry["shape"]:
            size *= n
        tensor = data[first : first + size].reshape(entry["shape"])
        first += size
        named.append((entry["name"], (tensor.t() if entry["transposed"] else tensor).contiguous().clone()))
    return named


class Timer:
    """Milliseconds since it was made, by the clock and of all threads of this process."""

    def __init__(self):
        self.clock, self.processor = time.perf_counter(), time.process_time()

    def lap(self, count=1):
        processor = time.process_time() - self.processor
        clock = time.perf_counter() - self.clock
        return {"stepMs": clock * 1000 / count, "processorMs": processor * 1000 / count}


class Trainer:
    def __init__(self, config, model, device):
        self.model, self.device, self.config = model, device, config
        decayed = {entry["name"] for entry in config["entries"] if entry["decayed"]}
        named = dict(model.weights.named_parameters())
        optimizer = config["optimizer"]
        groups = [
            {"params": [p for name, p in named.items() if name in decayed], "weight_decay": optimizer["weightDecay"]},
            {"params": [p for name, p in named.items() if name not in decayed], "weight_decay": 0.0},
        ]
        self.optimizer = torch.optim.AdamW(
            groups,
            lr=optimizer["learningRate"],
            betas=(optimizer["beta1"], optimizer["beta2"]),
            eps=optimizer["epsilon"],
            fused=True,
        )
        self.clip = optimizer["clipNorm"]
        self.synchronize = torch.cuda.synchronize if device.type == "cuda" else lambda: None
        model.chunk = self.fastest_chunk(config["chunkSizes"])
        self.loss = torch.compile(model.loss) if config["compile"] else model.loss

    def fastest_chunk(self, sizes):
        if len(sizes) == 1:
            return sizes[0]
        times_of = {}
        rows = min(self.config["rows"], MOST_TRIED_ROWS)
        ids = torch.zeros(rows, self.config["length"], dtype=torch.long, device=self.device)
        for size in sizes:
            self.model.chunk = size
            times = []
            for _ in range(1 + TRIED_STEPS):
                timer = Timer()
                self.model.loss(ids, ids.flatten()).backward()
                self.synchronize()
                times.append(timer.lap()["stepMs"])
            times_of[size] = min(times[1:])
            self.optimizer.zero_grad()
        return min(times_of, key=times_of.get)

    def step(self, batch):
        on_host = {name: torch.tensor(batch[name]) for name in batch}
        on_host["ids"] = on_host["ids"].reshape(self.config["rows"], self.config["length"])
        timer = Timer()
        self.optimizer.zero_grad()
        loss = self.loss(**{name: x.to(self.device) for name, x in on_host.items()})
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.clip)
        self.optimizer.step()
        answer = {"loss": loss.item(), "gradNorm": norm.item()}
        self.synchronize()
        return {**timer.lap(), **answer}


class Reader:
    def __init__(self, config, model):
        self.config, self.model, self.position = config, model, 0
        self.states = model.start(config["rows"], config["length"])
        self.next = torch.compile(model.next) if config["compile"] else model.next
        if not config["compile"]:
            self.choose_threads({1, config["threads"]})
        self.restart()

    def choose_threads(self, counts):
        """Few rows are read faster by one thread."""
        times_of = {}
        tokens = [[0] * self.config["rows"]] * TRIED_TOKENS
        for count in counts:
            torch.set_num_threads(count)
            self.read(tokens)
            times_of[count] = min(self.read(tokens)["stepMs"] for _ in range(3))
        torch.set_num_threads(min(times_of, key=times_of.get))

    def restart(self):
        self.position = 0
        for state in self.states:
            for tensor in state:
                if tensor is not None:
                    tensor.zero_()

    def read(self, tokens):
        if self.position + len(tokens) > self.config["length"]:
            self.restart()
        rows = torch.tensor(tokens)
        timer = Timer()
        with torch.inference_mode():
            for ids in rows:
                logits = self.next(ids, self.states, self.position)
                self.position += 1
        return {**timer.lap(len(tokens)), "logits": logits[0].tolist()}


def main():
    config = json.loads(sys.stdin.readline())
    torch.manual_seed(0)
    torch.set_num_threads(config["threads"])
    device = torch.device(config["device"])
    model = Model(config["model"], read_weights(config["weights"], config["entries"])).to(device)
    trainer = Trainer(config, model, device) if config["kind"] == "train" else None
    reader = None if trainer else Reader(config, model)
    answer(
        {
            "torch": torch.__version__,
            "threads": torch.get_num_threads(),
            "chunkSize": model.chunk,
            "parameters": sum(p.numel() for p in model.parameters()),
        }
    )
    for line in sys.stdin:
        request = json.loads(line)
        answer(trainer.step(request["step"]) if trainer else reader.read(request["tokens"]))


def answer(message):
    print(json.dumps(message), flush=True)


main()
