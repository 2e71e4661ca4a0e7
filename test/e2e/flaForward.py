"""Computes exported delta models in float64 from flash-linear-attention's definitions, and compares with their samples.

Usage: python flaForward.py FOLDER...      (needs: pip install numpy)
Each folder is one that `pavlov export --to fla` wrote. Written from the forward passes of fla/layers/gated_deltanet.py,
fla/layers/delta_net.py and their models, one token after another; nothing here comes from Pavlov.
"""

import json
import struct
import sys
from pathlib import Path

import numpy as np


def tensors(path):
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    body = data[8 + length :]
    return {
        name: np.frombuffer(body[slice(*entry["data_offsets"])], "<f4").reshape(entry["shape"]).astype(np.float64)
        for name, entry in header.items()
    }


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def silu(x):
    return x * sigmoid(x)


def rms(x, weight, eps):
    return x / np.sqrt((x * x).mean(-1, keepdims=True) + eps) * weight


def short_conv(x, weight):
    taps = weight.shape[2]
    padded = np.concatenate([np.zeros((taps - 1, x.shape[1])), x])
    return sum(padded[i : i + len(x)] * weight[:, 0, i] for i in range(taps))


ACTIVATIONS = {
    "silu": silu,
    "relu": lambda x: np.maximum(x, 0),
    "elu": lambda x: np.where(x > 0, x + 1, np.exp(np.minimum(x, 0))),
    "identity": lambda x: x,
}


def attention(c, w, x):
    H, gated = c["num_heads"], c["model_type"] == "gated_deltanet"
    T = len(x)
    parts = {}
    for name in "qkv":
        y = x @ w[f"attn.{name}_proj.weight"].T
        if c["use_short_conv"]:
            y = short_conv(y, w[f"attn.{name}_conv1d.weight"])
        activation = "silu" if gated or name == "v" else c["qk_activation"]
        parts[name] = ACTIVATIONS[activation](y).reshape(T, H, -1)
    q, k, v = parts["q"], parts["k"], parts["v"]
    q, k = (y / np.sqrt((y * y).sum(-1, keepdims=True) + 1e-6) for y in (q, k))
    beta = sigmoid(x @ w["attn.b_proj.weight"].T) * (2 if c["allow_neg_eigval"] else 1)
    log_decay = np.zeros((T, H))
    if gated:
        a = x @ w["attn.a_proj.weight"].T + w["attn.dt_bias"]
        log_decay = -np.exp(w["attn.A_log"]) * np.logaddexp(0, a)
    S = np.zeros((H, q.shape[2], v.shape[2]))
    out = np.zeros_like(v)
    for t in range(T):
        S = S * np.exp(log_decay[t])[:, None, None]
        error = (v[t] - np.einsum("hkv,hk->hv", S, k[t])) * beta[t][:, None]
        S = S + np.einsum("hk,hv->hkv", k[t], error)
        out[t] = np.einsum("hkv,hk->hv", S, q[t] * q.shape[2] ** -0.5)
    out = rms(out, w["attn.o_norm.weight"], c["norm_eps"])
    if c["use_gate"]:
        out = out * silu(x @ w["attn.g_proj.weight"].T).reshape(out.shape)
    return out.reshape(T, -1) @ w["attn.o_proj.weight"].T


def logits(c, w, ids):
    x = w["model.embeddings.weight"][ids]
    for i in range(c["num_hidden_layers"]):
        start = f"model.layers.{i}."
        own = {name[len(start) :]: value for name, value in w.items() if name.startswith(start)}
        x = x + attention(c, own, rms(x, own["attn_norm.weight"], c["norm_eps"]))
        y = rms(x, own["mlp_norm.weight"], c["norm_eps"])
        hidden = silu(y @ own["mlp.gate_proj.weight"].T) * (y @ own["mlp.up_proj.weight"].T)
        x = x + hidden @ own["mlp.down_proj.weight"].T
    return rms(x, w["model.norm.weight"], c["norm_eps"])[-1] @ w["lm_head.weight"].T


failed = len(sys.argv) < 2
for folder in map(Path, sys.argv[1:]):
    config = json.loads((folder / "config.json").read_text())
    sample = json.loads((folder / "sample.json").read_text())
    got = logits(config, tensors(folder / "model.safetensors"), sample["ids"])
    worst = np.abs(got - np.array(sample["logits"])).max()
    spread = np.std(sample["logits"])
    print(f"{folder.name}: {config['model_type']}, logits differ by at most {worst:.1e} (their deviation is {spread:.2f})")
    failed = failed or not worst < 1e-4
sys.exit(1 if failed else 0)
