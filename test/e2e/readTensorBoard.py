"""Reads a run folder with the real TensorBoard and compares it with metrics.jsonl.

Usage: python readTensorBoard.py RUN      (needs: pip install tensorboard)
Ends with exit code 1 and the difference when they do not agree.
"""

import json
import sys
from pathlib import Path

import numpy
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

SCALARS = {
    "loss/train": "lossNats",
    "train/learning rate": "learningRate",
    "train/gradient norm": "gradNorm",
    "speed/tokens per second": "tokensPerSecond",
}


def main(run: Path) -> None:
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    steps = [line for line in lines if line["type"] == "step"]
    validations = [line for line in lines if line["type"] == "validation"]
    board = EventAccumulator(str(run), size_guidance={"scalars": 0, "histograms": 0, "tensors": 0})
    board.Reload()
    tags = board.Tags()

    for tag, field in SCALARS.items():
        read = [(event.step, event.value) for event in board.Scalars(tag)]
        written = [(line["step"], float(numpy.float32(line[field]))) for line in steps]
        assert read == written, f"{tag}: read {read[:3]}..., wrote {written[:3]}..."
    for measure, field in (("loss", "lossNats"), ("bits per byte", "bitsPerByte")):
        found = [tag for tag in tags["scalars"] if tag.startswith(f"{measure}/validation")]
        read = sorted(event.value for tag in found for event in board.Scalars(tag))
        written = sorted(float(numpy.float32(line[field])) for line in validations)
        assert read == written, f"{measure}: read {read}, wrote {written}"
    for tag in tags["histograms"]:
        value = board.Histograms(tag)[-1].histogram_value
        assert value.num > 0 and sum(value.bucket) == value.num, f"{tag}: {value}"
    sample = board.Tensors("sample")[-1].tensor_proto.string_val[0].decode()
    assert sample == (run / "sample.txt").read_text()[:-1], f"sample: read {sample!r}"
    print(
        f"TensorBoard read {len(tags['scalars'])} scalars over {len(steps)} logged steps, "
        f"{len(validations)} validations, {len(tags['histograms'])} histograms and the sample"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
