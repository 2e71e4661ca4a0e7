#!/usr/bin/env bash
# environment.sh [FOLDER]: a virtual environment with the newest PyTorch of PyPI for the peer bench.
# Its wheel for Linux loads libraries of CUDA on any machine, so that it takes 5 GB. Compiled models need a C++ compiler.
set -euo pipefail
folder=${1:-.cache/peer}
"${PYTHON:-python3}" -m venv "$folder"
"$folder/bin/pip" install --quiet --upgrade torch setuptools
"$folder/bin/python" -c 'import torch; print(torch.__version__, "in", "'"$folder"'")'
