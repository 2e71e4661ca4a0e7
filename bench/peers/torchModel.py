"""The reference model in PyTorch, eager: the same layers, sizes and loss as the `tiny` preset with the delta rule.

It is written the way one would write it in PyTorch: batched products, `solve_triangular` for the chunk's
triangular system, one loop over chunks. It sees every row as one document, which spares it the masks at
document boundaries that Pavlov applies.
"""

import math

import torch
import torch.nn.functional as F
from torch import nn


def rms(x, epsilon=1e-5):
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + epsilon)


def unit(x, epsilon=1e-6):
    return x * torch.rsqrt(x.pow(2).sum(-1, keepdim=True) + epsilon)


def delta_chunks(q, k, v, beta, log_decay, size):
    """q, k [B,H,T,K], v [B,H,T,V], beta, log_decay [B,H,T] -> [B,H,T,V]; T is a multiple of size."""
    B, H, T, K = q.shape
    N = T // size
    q, k, v = (x.view(B, H, N, size, -1) for x in (q, k, v))
    beta = beta.view(B, H, N, size, 1)
    causal = torch.ones(size, size, dtype=torch.bool, device=q.device).tril()
    if log_decay is None:
        within = causal.float()
        start = end = across = None
    else:
        total = log_decay.view(B, H, N, size).cumsum(-1)
        within = (total[..., :, None] - total[..., None, :]).masked_fill(~causal, -math.inf).exp()
        start = total.exp()[..., None]
        end = (total[..., -1:] - total).exp()[..., None]
        across = total[..., -1].exp()[..., None, None]
    keyed = k * beta
    system = (keyed @ k.transpose(-1, -2) * within).tril(-1) + torch.eye(size, device=q.device)
    solved = torch.linalg.solve_triangular(
        system,
        torch.cat([v * beta, keyed if start is None else keyed * start], -1),
        upper=False,
        unitriangular=True,
    )
    U, W = solved.split([v.shape[-1], K], -1)
    scores = q @ k.transpose(-1, -2) * within
    asked = q if start is None else q * start
    kept = k if end is None else k * end
    S = q.new_zeros(B, H, K, v.shape[-1])
    outputs = []
    for n in range(N):
        R = U[:, :, n] - W[:, :, n] @ S
        outputs.append(asked[:, :, n] @ S + scores[:, :, n] @ R)
        written = kept[:, :, n].transpose(-1, -2) @ R
        S = written + (S if across is None else across[:, :, n] * S)
    return torch.stack(outputs, 2).reshape(B, H, T, -1)


class Head(nn.Module):
    def __init__(self, width, heads, size, taps, gated, chunk):
        super().__init__()
        self.heads, self.size, self.chunk, self.gated = heads, size, chunk, gated
        inner = heads * size
        self.qkv = nn.Linear(width, 3 * inner, bias=False)
        self.convolution = nn.Conv1d(3 * inner, 3 * inner, taps, groups=3 * inner, padding=taps - 1, bias=False)
        self.controls = nn.Linear(width, heads * (2 if gated else 1))
        self.rate = nn.Parameter(torch.zeros(heads))
        self.gate = nn.Linear(width, inner, bias=False)
        self.norm = nn.Parameter(torch.ones(inner))
        self.output = nn.Linear(inner, width, bias=False)

    def forward(self, x):
        B, T, _ = x.shape
        mixed = F.silu(self.convolution(self.qkv(x).transpose(1, 2))[..., :T])
        q, k, v = (part.view(B, self.heads, self.size, T).transpose(2, 3) for part in mixed.chunk(3, 1))
        controls = self.controls(x).transpose(1, 2)
        beta = torch.sigmoid(controls[:, : self.heads])
        decay = -self.rate.exp()[:, None] * F.softplus(controls[:, self.heads :]) if self.gated else None
        o = delta_chunks(unit(q), unit(k), v.contiguous(), beta, decay, self.chunk)
        o = rms(o).transpose(1, 2).reshape(B, T, -1) * self.norm
        return self.output(o * F.silu(self.gate(x)))


class Mlp(nn.Module):
    def __init__(self, width, hidden):
        super().__init__()
        self.gate = nn.Linear(width, hidden, bias=False)
        self.up = nn.Linear(width, hidden, bias=False)
        self.down = nn.Linear(hidden, width, bias=False)

    def forward(self, x):
        return self.down(F.silu(self.gate(x)) * self.up(x))


class Block(nn.Module):
    def __init__(self, width, hidden, **head):
        super().__init__()
        self.head, self.mlp = Head(width, **head), Mlp(width, hidden)
        self.head_norm, self.mlp_norm = nn.Parameter(torch.ones(width)), nn.Parameter(torch.ones(width))

    def forward(self, x):
        x = x + self.head(rms(x) * self.head_norm)
        return x + self.mlp(rms(x) * self.mlp_norm)


class Model(nn.Module):
    def __init__(self, vocabulary, width, layers, hidden, **head):
        super().__init__()
        self.table = nn.Parameter(torch.randn(vocabulary, width) * 0.2 / math.sqrt(width))
        self.layers = nn.ModuleList(Block(width, hidden, **head) for _ in range(layers))
        self.norm = nn.Parameter(torch.ones(width))

    def loss(self, ids, targets):
        x = F.embedding(ids, self.table) * math.sqrt(self.table.shape[1])
        for block in self.layers:
            x = block(x)
        logits = (rms(x) * self.norm) @ self.table.t()
        return F.cross_entropy(logits.flatten(0, 1), targets.flatten())
