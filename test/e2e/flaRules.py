"""Compares rules with the plain PyTorch forms of flash-linear-attention, which it loads file by file, without Triton.

  pip download --no-deps fla-core==0.6.0 einops && unzip '*.whl' -d FOLDER
  npx tsx test/e2e/ruleCases.ts cases.json
  PYTHONPATH=FOLDER python3 test/e2e/flaRules.py FOLDER cases.json

Needs PyTorch. Prints for each case the largest difference of outputs, final state and gradients, of the largest number of
each, and ends with 1 where one is above 1e-5.
"""

import importlib.util
import json
import sys

import torch

folder, file = sys.argv[1:]


def naive(path):
    spec = importlib.util.spec_from_file_location(path.replace("/", "_"), f"{folder}/fla/ops/{path}/naive.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def time_first(x):
    """[B,H,T,..] as [B,T,H,..]."""
    return x.transpose(1, 2)


def per_channel(decay, k):
    return decay if decay.dim() == 4 else decay[..., None].expand(k.shape)


def no_decay(x):
    return x["logDecay"] if "logDecay" in x else torch.zeros(x["q"].shape[:3])


def delta(x, params):
    if x["logDecay"].dim() == 3:
        one = x["signals.beta"]
        return naive("gated_delta_product").naive_recurrent_gated_delta_product(
            *map(time_first, (x["q"], x["k"], x["v"], x["logDecay"], one)),
            1.0, None, initial_state=x["state.S"].transpose(2, 3), num_householder=1)
    vector = x["signals.beta"][..., None]
    return gated_delta_2({**x, "signals.erase": vector.expand(x["k"].shape), "signals.beta": vector.expand(x["v"].shape)}, params)


def delta_product(x, params):
    n = int(params["writes"])

    def each(y, size):
        B, H, T = y.shape[:3]
        return time_first(y.reshape(B, H, T * n, *size))

    K, V = x["q"].shape[3], x["v"].shape[3] // n
    return naive("gated_delta_product").naive_recurrent_gated_delta_product(
        time_first(x["q"]), each(x["k"], [K]), each(x["v"], [V]), time_first(no_decay(x)), each(x["signals.beta"], []),
        1.0, None, initial_state=x["state.S"].transpose(2, 3), num_householder=n)


def comba(x, params):
    p = x["k"] * x["signals.feedback"][..., None]
    q = x["q"] - p * x["signals.correction"][..., None]
    return naive("comba").naive_recurrent_comba(
        *map(time_first, (q, x["k"], x["v"], p, x["signals.beta"], x["logDecay"])),
        scale=1.0, initial_state=x["state.S"].transpose(2, 3), output_final_state=True)


def gated_delta_2(x, params):
    return naive("gdn2").naive_recurrent_gdn2(
        *map(time_first, (x["q"], x["k"], x["v"], x["logDecay"], x["signals.erase"], x["signals.beta"])),
        scale=1.0, initial_state=x["state.S"].transpose(2, 3), output_final_state=True)


def rwkv7(x, params):
    k, alpha = x["k"], x["signals.beta"]
    weighed = k * x["signals.removal"]
    removal = weighed / torch.sqrt((weighed * weighed).sum(-1, keepdim=True) + 1e-6)
    written = k * (1 + (alpha - 1) * x["signals.replacement"])
    decay = per_channel(no_decay(x), k)
    # There it reads before the decay.
    o, state = naive("generalized_delta_rule/dplr").dplr_recurrence(
        x["q"] * k.shape[3] ** 0.5, written, x["v"], -decay.exp() * removal, alpha * removal, decay,
        initial_state=x["state.S"].transpose(2, 3))
    return time_first(o), state


def preconditioned_delta(x, params):
    o, state, usage = naive("precond_gated_delta_rule").naive_recurrent_precond_gated_delta_rule(
        *map(time_first, (x["q"], x["k"], x["v"], x["signals.keep"].log(), x["logDecay"], x["signals.usage"], x["signals.beta"])),
        scale=1.0, initial_state=x["state.S"].transpose(2, 3), initial_A_state=x["state.A"], output_final_state=True,
        x=params["reach"], log_atk_scale=x["signals.center"][0, :, 0])
    return o, state, {"state.A": usage}


def mesa(x, params):
    o, keys, values = naive("mesa_net").naive_mesa_net_exact(
        *map(time_first, (x["q"], x["k"], x["v"], x["logDecay"])), x["signals.ridge"][0, :, 0], time_first(x["signals.beta"]),
        h_kk_init=x["state.H"], h_kv_init=x["state.S"].transpose(2, 3))
    return o, values, {"state.H": keys}


FORMS = {"delta": delta, "delta-product": delta_product, "comba": comba, "gated-delta-2": gated_delta_2, "rwkv7": rwkv7,
         "preconditioned-delta": preconditioned_delta, "mesa": mesa}
# There keys and queries are normalised inside, so gradients have no part along them.
NORMALISED = {"preconditioned-delta": ("q", "k")}
# Of one number per head: compared as sums.
SUMMED = {"preconditioned-delta": ("signals.center",), "mesa": ("signals.ridge",)}
# The root of the decay on both sides of H has its gradient there too: a square matrix is symmetric here.
SYMMETRIC = {"mesa": ("state.H",)}


def tensors(numbers):
    return {name: torch.tensor(x["values"], dtype=torch.float32).reshape(x["shape"]) for name, x in numbers.items()}


def reference(case):
    inputs = {name: x.requires_grad_() for name, x in tensors(case["inputs"]).items()}
    o, state, *more = FORMS[case["rule"]](inputs, case["params"])
    results = {"outputs": time_first(o), "state.S": state.transpose(2, 3), **(more[0] if more else {})}
    weights = tensors(case["lossWeights"])
    loss = sum((results[name] * weight).sum() for name, weight in weights.items())
    gradients = torch.autograd.grad(loss, list(inputs.values()))
    for name, gradient in zip(inputs, gradients):
        results[f"gradient of {name}"] = gradient
    return inputs, {name: x.detach() for name, x in results.items()}


def comparable(rule, name, gradient, inputs):
    if name in NORMALISED.get(rule, ()):
        along = (gradient * inputs[name]).sum(-1, keepdim=True)
        return gradient - along * inputs[name] / (inputs[name] ** 2).sum(-1, keepdim=True)
    if name in SUMMED.get(rule, ()):
        return gradient.sum((0, 2))
    if name in SYMMETRIC.get(rule, ()):
        return gradient + gradient.transpose(2, 3)
    return gradient


worst = 0
for case in json.load(open(file)):
    inputs, wanted = reference(case)
    inputs = {name: x.detach() for name, x in inputs.items()}
    for form in case["forms"]:
        got = tensors(form["results"])
        off = {}
        for name, ours in got.items():
            theirs = wanted[name]
            if name.startswith("gradient of "):
                plain = name[len("gradient of "):]
                ours, theirs = (comparable(case["rule"], plain, x, inputs) for x in (ours, theirs))
            off[name] = float((ours - theirs).abs().max() / theirs.abs().max().clamp(min=1e-12))
        kinds = {"outputs": [], "state": [], "gradients": []}
        for name, value in off.items():
            kinds["gradients" if name.startswith("grad") else "state" if name.startswith("state") else "outputs"].append((value, name))
        shown = ", ".join(f"{kind} {max(values)[0]:.1e} ({max(values)[1]})" for kind, values in kinds.items())
        print(f"{case['rule']}, decay {case['decay']}, {form['form']}: {shown}")
        worst = max(worst, *off.values())
print(f"worst {worst:.1e}, PyTorch {torch.__version__}")
sys.exit(worst > 1e-5)
