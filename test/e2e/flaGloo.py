"""Trains an exported delta model in data parallel by PyTorch, and writes it back for `pavlov import --from fla`.

Usage: torchrun --nproc_per_node 2 flaGloo.py FOLDER OUT      (needs: pip install torch numpy; torch 1.13 or later)
FOLDER is one that `pavlov export --to fla` wrote. Each process takes its share of the rows of a batch, and gradients are
averaged by Gloo, so that any number of processes that divides 8 comes to the same weights but for rounding. The forward pass is
written from fla/layers/gated_deltanet.py, fla/layers/delta_net.py and their models, one token after another, since the
library's kernels need a GPU; nothing here comes from Pavlov. The text is random: what is shown is the way there and back.
"""

import json
import math
import shutil
import struct
import sys
from pathlib import Path

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch.nn.parallel import DistributedDataParallel

from flaForward import tensors as read

STEPS, ROWS, LENGTH = 20, 8, 24
ACTIVATIONS = {"silu": F.silu, "relu": F.relu, "elu": lambda x: F.elu(x) + 1, "identity": lambda x: x}


def write(path, tensors):
    header, body = {}, b""
    for name, tensor in tensors.items():
        raw = tensor.detach().numpy().astype("<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [len(body), len(body) + len(raw)]}
        body += raw
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + body)


class Delta(torch.nn.Module):
    def __init__(self, c, weights):
        super().__init__()
        self.c = c
        # A model of Pavlov has one table: the embeddings are the rows of lm_head times a number, and must be when they come back.
        del weights["model.embeddings.weight"]
        self.scale = math.sqrt(c["hidden_size"]) * (1 / math.sqrt(c["head_dim"]))
        self.w = torch.nn.ParameterDict({name.replace(".", "/"): torch.nn.Parameter(x) for name, x in weights.items()})

    def get(self, name):
        return self.w[name.replace(".", "/")]

    def rms(self, x, name):
        return x * torch.rsqrt((x * x).mean(-1, keepdim=True) + self.c["norm_eps"]) * self.get(name)

    def attention(self, x, at):
        c, (B, T, _) = self.c, x.shape
        H, gated = c["num_heads"], c["model_type"] == "gated_deltanet"
        get = lambda name: self.get(f"{at}.attn.{name}")
        parts = []
        for name in "qkv":
            y = x @ get(f"{name}_proj.weight").T
            if c["use_short_conv"]:
                taps = get(f"{name}_conv1d.weight")
                y = F.conv1d(F.pad(y.transpose(1, 2), (taps.shape[2] - 1, 0)), taps, groups=len(taps)).transpose(1, 2)
            activation = "silu" if gated or name == "v" else c["qk_activation"]
            parts.append(ACTIVATIONS[activation](y).reshape(B, T, H, -1))
        q, k, v = parts
        q, k = (y * torch.rsqrt((y * y).sum(-1, keepdim=True) + 1e-6) for y in (q, k))
        beta = torch.sigmoid(x @ get("b_proj.weight").T) * (2 if c["allow_neg_eigval"] else 1)
        S = x.new_zeros(B, H, q.shape[3], v.shape[3])
        outputs = []
        for t in range(T):
            if gated:
                a = x[:, t] @ get("a_proj.weight").T + get("dt_bias")
                S = S * torch.exp(-torch.exp(get("A_log")) * F.softplus(a))[..., None, None]
            error = (v[:, t] - torch.einsum("bhkv,bhk->bhv", S, k[:, t])) * beta[:, t, :, None]
            S = S + torch.einsum("bhk,bhv->bhkv", k[:, t], error)
            outputs.append(torch.einsum("bhkv,bhk->bhv", S, q[:, t] * q.shape[3] ** -0.5))
        out = self.rms(torch.stack(outputs, 1), f"{at}.attn.o_norm.weight")
        if c["use_gate"]:
            out = out * F.silu(x @ get("g_proj.weight").T).reshape(out.shape)
        return out.reshape(B, T, -1) @ get("o_proj.weight").T

    def forward(self, ids):
        x = F.embedding(ids, self.get("lm_head.weight")) * self.scale
        for i in range(self.c["num_hidden_layers"]):
            at = f"model.layers.{i}"
            x = x + self.attention(self.rms(x, f"{at}.attn_norm.weight"), at)
            y = self.rms(x, f"{at}.mlp_norm.weight")
            gate, up, down = (self.get(f"{at}.mlp.{name}_proj.weight") for name in ("gate", "up", "down"))
            x = x + (F.silu(y @ gate.T) * (y @ up.T)) @ down.T
        return self.rms(x, "model.norm.weight") @ self.get("lm_head.weight").T


def main(folder, out):
    dist.init_process_group("gloo")
    rank, processes = dist.get_rank(), dist.get_world_size()
    torch.set_num_threads(1)
    config = json.loads((folder / "config.json").read_text())
    sample = json.loads((folder / "sample.json").read_text())
    weights = {name: torch.from_numpy(x).float() for name, x in read(folder / "model.safetensors").items()}
    model = Delta(config, weights)
    with torch.no_grad():
        before = model(torch.tensor([sample["ids"]]))[0, -1]
    worst = (before - torch.tensor(sample["logits"])).abs().max().item()
    trained = DistributedDataParallel(model)
    optimizer = torch.optim.AdamW(trained.parameters(), lr=1e-3)
    random = torch.Generator().manual_seed(1)
    some = torch.randint(config["vocab_size"], (ROWS, LENGTH // 2), generator=random)
    rows = torch.cat([some, some], 1)[rank * ROWS // processes : (rank + 1) * ROWS // processes]
    losses = []
    for _ in range(STEPS):
        logits = trained(rows[:, :-1])
        loss = F.cross_entropy(logits.flatten(0, 1), rows[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        mean = loss.detach().clone()
        dist.all_reduce(mean)
        losses.append(mean.item() / processes)
    if rank == 0:
        print(f"{processes} processes: sample differs by {worst:.1e}; loss {losses[0]:.4f} to {losses[-1]:.4f}")
        shutil.copytree(folder, out)
        tensors = {name.replace("/", "."): x for name, x in model.w.items()}
        tensors["model.embeddings.weight"] = (tensors["lm_head.weight"].double() * model.scale).float()
        write(out / "model.safetensors", tensors)
        with torch.no_grad():
            sample["logits"] = model(torch.tensor([sample["ids"]]))[0, -1].tolist()
        (out / "sample.json").write_text(json.dumps(sample))
    dist.destroy_process_group()
    if not (worst < 1e-4 and losses[-1] < losses[0]):
        sys.exit("expected the logits of the sample, and a loss that falls")


main(Path(sys.argv[1]), Path(sys.argv[2]))
