"""Gives every ONNX file of a folder to the standard's own checker, with type and shape inference.

Usage: python checkOnnx.py FOLDER      (needs: pip install onnx)
Ends with exit code 1 and the first message of each file that is not valid ONNX.
"""

import sys
from pathlib import Path

import onnx


def fault(path: Path) -> str | None:
    try:
        onnx.checker.check_model(onnx.load(path), full_check=True)
        return None
    except Exception as error:  # The checker and the inference have classes of their own for what is wrong.
        return f"{path.name}: {str(error).strip().splitlines()[0]}"


files = sorted(Path(sys.argv[1]).glob("*.onnx"))
faults = [message for message in map(fault, files) if message]
for message in faults:
    print(message)
print(f"onnx {onnx.__version__}: {len(files) - len(faults)} of {len(files)} graphs are valid ONNX")
sys.exit(1 if faults or not files else 0)
