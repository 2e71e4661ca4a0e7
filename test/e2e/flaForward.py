"""Computes exported models in float64 from flash-linear-attention's definitions, and compares with their samples.

Usage: python flaForward.py FOLDER...      (needs: pip install numpy)
Each folder is one that `pavlov export --to fla` wrote. Written from the forward passes of fla/layers/linear_attn.py,
gla.py, delta_net.py, gated_deltanet.py, kda.py and their models, one token after another; nothing here comes from Pavlov.
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
    None: lambda x: x,
}

GLA_NORMALIZER = 16


def vectors(c, w, x):
    """Queries, keys and values [T,H,n], with the activations that each type of model gives them."""
    kind = c["model_type"]
    activations = {
        "linear_attn": (c.get("feature_map"), "identity"),
        "gla": (c.get("feature_map"), "identity"),
        "delta_net": (c.get("qk_activation"), "silu"),
    }.get(kind, ("silu", "silu"))
    parts = []
    for name in "qkv":
        y = x @ w[f"attn.{name}_proj.weight"].T
        activation = activations[name == "v"]
        if c.get("use_short_conv"):
            y = short_conv(y, w[f"attn.{name}_conv1d.weight"])
            if kind == "gla":
                y = silu(y)
        parts.append(ACTIVATIONS[activation](y).reshape(len(x), c["num_heads"], -1))
    if kind in ("linear_attn", "gla"):
        return parts
    q, k, v = parts
    return [y / np.sqrt((y * y).sum(-1, keepdims=True) + 1e-6) for y in (q, k)] + [v]


def log_decays(c, w, x, K):
    """Log decay [T,H,K]."""
    kind, T, H = c["model_type"], len(x), c["num_heads"]
    low_rank = lambda name: x @ w[f"attn.{name}.0.weight"].T @ w[f"attn.{name}.1.weight"].T
    if kind == "gla":
        logits = low_rank("gk_proj") + w["attn.gk_proj.1.bias"]
        return (-np.logaddexp(0, -logits) / GLA_NORMALIZER).reshape(T, H, K)
    if kind == "gated_deltanet":
        step = np.logaddexp(0, x @ w["attn.a_proj.weight"].T + w["attn.dt_bias"])
        return np.repeat((-np.exp(w["attn.A_log"]) * step)[:, :, None], K, 2)
    if kind == "kda":
        step = np.logaddexp(0, low_rank("f_proj") + w["attn.dt_bias"]).reshape(T, H, K)
        return -np.exp(w["attn.A_log"])[:, None] * step
    return np.zeros((T, H, K))


def normed(c, w, x, out):
    """Read-outs [T,H,V] after the norm of the layer and its output gate."""
    kind, eps = c["model_type"], c["norm_eps"]
    if kind == "linear_attn":
        return rms(out, w["attn.norm.weight"], eps)
    if kind == "kda":
        gate = x @ w["attn.g_proj.0.weight"].T @ w["attn.g_proj.1.weight"].T + w["attn.g_proj.1.bias"]
        return rms(out, w["attn.o_norm.weight"], eps) * sigmoid(gate).reshape(out.shape)
    is_gated = c["use_output_gate"] if kind == "gla" else c["use_gate"]
    name = "o_norm" if kind != "gla" else "g_norm_swish_gate" if is_gated else "g_norm"
    out = rms(out, w[f"attn.{name}.weight"], eps)
    return out * silu(x @ w["attn.g_proj.weight"].T).reshape(out.shape) if is_gated else out


def attention(c, w, x):
    q, k, v = vectors(c, w, x)
    T, H, K = q.shape
    decays = np.exp(log_decays(c, w, x, K))
    is_delta = c["model_type"] not in ("linear_attn", "gla")
    if is_delta:
        beta = sigmoid(x @ w["attn.b_proj.weight"].T) * (2 if c["allow_neg_eigval"] else 1)
    S = np.zeros((H, K, v.shape[2]))
    out = np.zeros_like(v)
    for t in range(T):
        S = S * decays[t][:, :, None]
        write = v[t]
        if is_delta:
            write = (v[t] - np.einsum("hkv,hk->hv", S, k[t])) * beta[t][:, None]
        S = S + np.einsum("hk,hv->hkv", k[t], write)
        out[t] = np.einsum("hkv,hk->hv", S, q[t] * K**-0.5)
    return normed(c, w, x, out).reshape(T, -1) @ w["attn.o_proj.weight"].T


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


def main(folders):
    failed = len(folders) == 0
    for folder in map(Path, folders):
        config = json.loads((folder / "config.json").read_text())
        sample = json.loads((folder / "sample.json").read_text())
        got = logits(config, tensors(folder / "model.safetensors"), sample["ids"])
        worst = np.abs(got - np.array(sample["logits"])).max()
        spread = np.std(sample["logits"])
        print(f"{folder.name}: {config['model_type']}, logits differ by at most {worst:.1e} (their deviation is {spread:.2f})")
        failed = failed or not worst < 1e-4
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
