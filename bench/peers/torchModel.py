"""Pavlov's models in PyTorch, from weights under Pavlov's names.

Written as one would write them in PyTorch: fused projections, `rms_norm`, `scaled_dot_product_attention`, chunk forms
in batched products with `solve_triangular` for the triangular system, and one product per chunk for the states.
Every row is one document, which spares it the masks at document boundaries that Pavlov applies.
"""

import math

import torch
import torch.nn.functional as F
from torch import nn

# Tokens of a block inside which a decay per channel is a quotient, and the largest exponent of such a quotient.
BLOCK = 16
LARGEST_EXPONENT = 80.0


class Weights(nn.Module):
    """Tensors under dotted names, as modules inside modules."""

    def __init__(self, entries):
        super().__init__()
        groups = {}
        for name, tensor in entries:
            first, _, rest = name.partition(".")
            if rest:
                groups.setdefault(first, []).append((rest, tensor))
            else:
                self.register_parameter(first, nn.Parameter(tensor))
        for name, group in groups.items():
            self.add_module(name, Weights(group))


def unit(x, epsilon=1e-6):
    return x * torch.rsqrt(x.square().sum(-1, keepdim=True) + epsilon)


def token_decay(log_decay, N, C):
    """Log decay [B,H,T] -> inside a chunk [B,H,N,C,C], from its start, to its end and as a whole [B,H,N,C or 1,1]."""
    total = log_decay.unflatten(-1, (N, C)).cumsum(-1)
    above = torch.ones(C, C, dtype=torch.bool, device=total.device).triu(1)
    within = (total[..., :, None] - total[..., None, :]).masked_fill(above, -math.inf).exp()
    return within, total.exp()[..., None], (total[..., -1:] - total).exp()[..., None], total[..., -1:, None].exp()


def channel_scores(a, b, sums):
    """sum_x a_ix b_jx exp(sums_ix - sums_jx) for j <= i of one chunk, else unspecified: [..,C,K] -> [..,C,C]."""
    C = a.shape[-2]
    rows = []
    for start in range(0, C, BLOCK):
        end = min(C, start + BLOCK)
        origin = sums[..., start : start + 1, :]
        asked = a[..., start:end, :] * (sums[..., start:end, :] - origin).exp()
        held = b[..., :end, :] * (origin - sums[..., :end, :]).clamp(max=LARGEST_EXPONENT).exp()
        rows.append(F.pad(asked @ held.mT, (0, C - end)))
    return torch.cat(rows, -2)


def chunked(rule, q, k, v, beta, log_decay, C):
    """q, k [B,H,T,K], v [B,H,T,V], beta [B,H,T], log_decay [B,H,T], [B,H,T,K] or None -> [B,H,T,V]."""
    B, H, T, K = q.shape
    N = T // C
    q, k, v = (x.unflatten(2, (N, C)) for x in (q, k, v))
    beta = beta.unflatten(2, (N, C))[..., None]
    if log_decay is None:
        scores, overlaps = q @ k.mT, k @ k.mT if rule == "delta" else None
        asked, known, kept, across = q, k, k, None
    elif log_decay.dim() == 3:
        within, start, end, across = token_decay(log_decay, N, C)
        scores, overlaps = q @ k.mT * within, k @ k.mT * within if rule == "delta" else None
        asked, known, kept = q * start, k * start, k * end
    else:
        sums = log_decay.unflatten(2, (N, C)).cumsum(-2)
        scores, overlaps = channel_scores(q, k, sums), channel_scores(k, k, sums) if rule == "delta" else None
        start, across = sums.exp(), sums[..., -1, :, None].exp()
        asked, known, kept = q * start, k * start, k * (sums[..., -1:, :] - sums).exp()
    scores = scores.tril()
    written = v * beta
    if rule == "hebbian":
        states = plain_states(kept.mT @ written, across)
        return (asked @ states + scores @ written).flatten(2, 3)
    system = (overlaps * beta).tril(-1)
    solved = torch.linalg.solve_triangular(
        system, torch.cat([written, known * beta], -1), upper=False, unitriangular=True
    )
    U, W = solved.split([v.shape[-1], K], -1)
    moves = -(kept.mT @ W)
    moves = moves + (torch.eye(K, device=q.device) * (1.0 if across is None else across))
    states = moved_states(moves, kept.mT @ U)
    return (asked @ states + scores @ (U - W @ states)).flatten(2, 3)


def plain_states(writes, across):
    """The state before each chunk, of what the chunks write and leave: [B,H,N,K,V], [B,H,N,1 or K,1]."""
    states = [torch.zeros_like(writes[:, :, 0])]
    for n in range(writes.shape[2] - 1):
        states.append(writes[:, :, n] + (states[-1] if across is None else across[:, :, n] * states[-1]))
    return torch.stack(states, 2)


def moved_states(moves, writes):
    """The state before each chunk: S' = moves S + writes, [B,H,N,K,K] and [B,H,N,K,V]."""
    B, H, N = writes.shape[:3]
    moves, writes = moves.flatten(0, 1), writes.flatten(0, 1)
    states = [torch.zeros_like(writes[:, 0])]
    for n in range(N - 1):
        states.append(torch.baddbmm(writes[:, n], moves[:, n], states[-1]))
    return torch.stack(states, 1).unflatten(0, (B, H))


def rms(x, gain, epsilon):
    return F.rms_norm(x, (x.shape[-1],), gain, epsilon)


class Model(nn.Module):
    def __init__(self, config, entries):
        super().__init__()
        self.weights = Weights(entries)
        self.heads, self.size = config["heads"], config["keySize"]
        self.rule, self.gate = config["rule"], config["gate"]
        self.softmax = config["mixer"] == "softmax"
        self.epsilon = config["normEpsilon"]
        self.chunk = config["chunkSize"]

    @property
    def blocks(self):
        return list(self.weights.layers.children())

    def embed(self, ids):
        table = self.weights.embedding.table
        return F.embedding(ids, table) * math.sqrt(table.shape[1])

    def mlp(self, w, x):
        return F.linear(F.silu(F.linear(x, w.gate)) * F.linear(x, w.up), w.down)

    def controls(self, w, x):
        """beta and log decay of x [B,T,D]: [B,H,T], and [B,H,T] or [B,H,T,K]."""
        columns = F.linear(x, w.controls).transpose(1, 2)
        beta = torch.sigmoid(columns[:, : self.heads] + w.signalBias[:, None])
        if self.gate == "none":
            return beta, None
        rest = columns[:, self.heads :]
        rate = w.decay.A_log.exp()
        if self.gate == "scalar":
            return beta, -rate[:, None] * F.softplus(rest + w.decay.dt_bias[:, None])
        rest = rest.unflatten(1, (self.heads, self.size)).transpose(2, 3)
        return beta, -rate[:, None, None] * F.softplus(rest + w.decay.dt_bias[:, None])

    def normed(self, q, k):
        return (unit(q), unit(k)) if self.rule == "delta" else (q * self.size**-0.5, k)

    def read_out(self, w, x, o):
        """o [B,H,T,V] -> [B,T,D]."""
        if not self.softmax:
            o = rms(o, None, self.epsilon)
        o = o.transpose(1, 2).flatten(2)
        if not self.softmax:
            o = o * w.outputNorm
        return F.linear(o * F.silu(F.linear(x, w.outputGate)), w.output)

    def mixer(self, w, x):
        B, T, _ = x.shape
        channels = F.linear(x, w.qkv).transpose(1, 2)
        taps = w.convolution
        mixed = F.conv1d(channels, taps[:, None], padding=taps.shape[1] - 1, groups=taps.shape[0])[..., :T]
        mixed = mixed if self.softmax else F.silu(mixed)
        q, k, v = (part.unflatten(1, (self.heads, -1)).transpose(2, 3) for part in mixed.chunk(3, 1))
        if self.softmax:
            return self.read_out(w, x, F.scaled_dot_product_attention(q, k, v, is_causal=True))
        beta, log_decay = self.controls(w, x)
        q, k = self.normed(q, k)
        return self.read_out(w, x, chunked(self.rule, q, k, v, beta, log_decay, self.chunk))

    def loss(self, ids, targets, positions=None):
        """Mean nats of targets [N] at all positions, or at some: each row * T + t."""
        x = self.embed(ids)
        for w in self.blocks:
            x = x + self.mixer(w.head, rms(x, w.headNorm, self.epsilon))
            x = x + self.mlp(w.mlp, rms(x, w.mlpNorm, self.epsilon))
        h = x.flatten(0, 1)
        h = rms(h if positions is None else h[positions], self.weights.finalNorm.gain, self.epsilon)
        return F.cross_entropy(F.linear(h, self.weights.embedding.table), targets)

    def start(self, rows, length):
        """What is carried from token to token before the first: by layer, with a cache of so many tokens."""
        states = []
        for w in self.blocks:
            channels, taps = w.head.convolution.shape
            window = torch.zeros(rows, channels, taps)
            shape = (rows, self.heads, length if self.softmax else self.size, self.size)
            states.append([window, torch.zeros(shape), torch.zeros(shape) if self.softmax else None])
        return states

    def recall(self, w, x, q, k, v, state, position):
        """One token of the mixer: q, k, v [B,H,K], x [B,1,D]; read-outs [B,H,V], the state renewed in place."""
        _, S, values = state
        if self.softmax:
            S[:, :, position], values[:, :, position] = k, v
            seen = position + 1
            o = F.scaled_dot_product_attention(q[:, :, None], S[:, :, :seen], values[:, :, :seen])
            return o[:, :, 0]
        beta, log_decay = self.controls(w, x)
        beta = beta[..., 0, None]
        if log_decay is not None:
            S.mul_(log_decay.exp().reshape(*q.shape[:2], -1, 1))
        q, k = self.normed(q, k)
        error = v - (k[:, :, None] @ S)[:, :, 0] if self.rule == "delta" else v
        S.add_(k[..., None] * (beta * error)[:, :, None])
        return (q[:, :, None] @ S)[:, :, 0]

    def next(self, ids, states, position):
        """Logits [B,vocabulary] after one more token of each row, ids [B]; states are renewed in place."""
        x = self.embed(ids)[:, None]
        for w, state in zip(self.blocks, states):
            normed = rms(x, w.headNorm, self.epsilon)
            window = state[0]
            window.copy_(torch.cat([window[..., 1:], F.linear(normed, w.head.qkv).transpose(1, 2)], 2))
            mixed = (window * w.head.convolution).sum(-1)
            mixed = mixed if self.softmax else F.silu(mixed)
            q, k, v = (part.unflatten(1, (self.heads, -1)) for part in mixed.chunk(3, 1))
            o = self.recall(w.head, normed, q, k, v, state, position)
            x = x + self.read_out(w.head, normed, o[:, :, None])
            x = x + self.mlp(w.mlp, rms(x, w.mlpNorm, self.epsilon))
        return F.linear(rms(x[:, 0], self.weights.finalNorm.gain, self.epsilon), self.weights.embedding.table)
