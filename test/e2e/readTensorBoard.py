"""Reads a run folder with the real TensorBoard and compares it with metrics.jsonl, config.json and sample.txt.

Usage: python readTensorBoard.py RUN      (needs: pip install tensorboard)
The run must have logged steps, validated, sampled and taken histograms, under a gate that is learned: what a run
promises to show must be there, not only agree where it is. Ends with exit code 1 and the difference otherwise.
"""

import json
import sys
from pathlib import Path

import numpy
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

SCALARS = {
    "loss/train": "loss",
    "train/learning rate": "learningRate",
    "train/gradient norm": "gradNorm",
    "speed/tokens per second": "tokensPerSecond",
}
VALIDATIONS = {"loss": "loss", "bits per byte": "bitsPerByte"}
DIAGNOSTICS = {"state norm": "stateNorm", "effective rank": "effectiveRank", "key interference": "keyInterference"}
# What heads remember and what they write, both between 0 and 1.
HISTOGRAMS = ("decay", "beta")


def demand(holds: bool, message: str) -> None:
    if not holds:
        sys.exit(f"readTensorBoard: {message}")


def single(value: float) -> float:
    """The float32 that an event file keeps of a number."""
    return float(numpy.float32(value))


def scalars(board: EventAccumulator, tag: str) -> list[tuple[int, float]]:
    demand(tag in board.Tags()["scalars"], f"expected scalars {tag!r}, got none")
    return [(event.step, event.value) for event in board.Scalars(tag)]


def check_steps(board: EventAccumulator, steps: list[dict]) -> None:
    demand(len(steps) > 0, "expected logged steps in metrics.jsonl, got none")
    for tag, field in SCALARS.items():
        read = scalars(board, tag)
        written = [(line["step"], single(line[field])) for line in steps]
        demand(read == written, f"{tag}: read {read[:3]}..., wrote {written[:3]}...")


def check_validations(board: EventAccumulator, validations: list[dict]) -> None:
    demand(len(validations) > 0, "expected validations in metrics.jsonl, got none")
    for measure, field in VALIDATIONS.items():
        found = [tag for tag in board.Tags()["scalars"] if tag.startswith(f"{measure}/validation, ")]
        read = sorted(point for tag in found for point in scalars(board, tag))
        written = sorted((line["step"], single(line["metrics"][field])) for line in validations)
        demand(read == written, f"{measure}: read {read}, wrote {written}")


def check_diagnostics(board: EventAccumulator, looks: list[dict]) -> None:
    demand(len(looks) > 0, "expected diagnostics in metrics.jsonl, got none")
    for head in looks[-1]["heads"]:
        for quantity, field in DIAGNOSTICS.items():
            tag = f"{quantity}/block {head['block']}/head {head['head']}"
            read = scalars(board, tag)[-1]
            written = (looks[-1]["step"], single(head[field]))
            demand(read == written, f"{tag}: read {read}, wrote {written}")


def check_histograms(board: EventAccumulator, blocks: int, heads: int) -> int:
    places = [f"block {block}/head {head}" for block in range(blocks) for head in range(heads)]
    wanted = {f"{quantity}/{place}" for quantity in HISTOGRAMS for place in places}
    missing = wanted - set(board.Tags()["histograms"])
    demand(len(wanted) > 0 and not missing, f"expected histograms {sorted(missing)}, got none")
    for tag in wanted:
        for event in board.Histograms(tag):
            step, value = event.step, event.histogram_value
            whole = value.num > 0 and sum(value.bucket) == value.num
            demand(whole, f"{tag}, step {step}: expected values in buckets, got {value}")
            demand(0 <= value.min <= value.max <= 1, f"{tag}, step {step}: expected values in [0,1], got {value}")
    return len(wanted)


def check_sample(board: EventAccumulator, written: str) -> None:
    demand("sample" in board.Tags()["tensors"], "expected a sample, got none")
    read = board.Tensors("sample")[-1].tensor_proto.string_val[0].decode()
    demand(len(read) > 0 and read == written, f"sample: read {read!r}, wrote {written!r}")


def main(run: Path) -> None:
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    kinds = {kind: [line for line in lines if line["type"] == kind] for kind in ("step", "validation", "diagnostics")}
    model = json.loads((run / "config.json").read_text())["model"]
    board = EventAccumulator(str(run), size_guidance={"scalars": 0, "histograms": 0, "tensors": 0})
    board.Reload()
    check_steps(board, kinds["step"])
    check_validations(board, kinds["validation"])
    check_diagnostics(board, kinds["diagnostics"])
    histograms = check_histograms(board, model["layers"], model["heads"])
    check_sample(board, (run / "sample.txt").read_text()[:-1])
    print(
        f"TensorBoard read {len(board.Tags()['scalars'])} scalars over {len(kinds['step'])} logged steps, "
        f"{len(kinds['validation'])} validations, {histograms} histograms and the sample"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
