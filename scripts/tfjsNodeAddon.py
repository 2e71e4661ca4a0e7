"""Builds the addon of an installed @tensorflow/tfjs-node from PyPI and npm, where its own install script cannot.

Usage: python3 scripts/tfjsNodeAddon.py node_modules/@tensorflow/tfjs-node

The install script of tfjs-node downloads TensorFlow's C library and the addon from storage.googleapis.com. The same
version of TensorFlow is on PyPI as a Python package (tensorflow-cpu 2.9.1), whose library has the C interface too. It
expects to be loaded by Python: its symbols of Python are given by a stub here, since nothing of the C interface uses
them. For Linux x64 with pip, npm, nm and g++. Ends with exit code 3 and the reason where that cannot be.
"""

import platform
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

TENSORFLOW = "tensorflow-cpu==2.9.1"
# The first has the C interface and asks Python's symbols for its other half.
LIBRARIES = ("tensorflow/python/_pywrap_tensorflow_internal.so", "tensorflow/libtensorflow_framework.so.2")
HEADERS = "tensorflow/include/"
# What the addon's two source files include, and what those include.
USED_HEADERS = ("tensorflow/c/", "tensorflow/core/platform/")


def cannot(reason: str) -> None:
    print(f"tfjs-node's addon cannot be built here: {reason}")
    sys.exit(3)


def run(*command: str) -> str:
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        lines = (result.stderr or result.stdout).strip().splitlines() or ["no message"]
        cannot(f"{command[0]} failed: {lines[-1]}")
    return result.stdout


def download(scratch: Path) -> Path:
    wheel = ("--only-binary=:all:", "--python-version", "3.10", "--platform", "manylinux2014_x86_64")
    run(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", *wheel, "-d", str(scratch), TENSORFLOW)
    return next(scratch.glob("*.whl"))


def unpack(wheel: Path, package: Path) -> None:
    """The libraries and the headers, where the addon's build file looks for them."""
    libraries = package / "deps" / "lib"
    libraries.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(wheel) as archive:
        for name in LIBRARIES:
            with archive.open(name) as source, open(libraries / Path(name).name, "wb") as target:
                shutil.copyfileobj(source, target)
        for name in archive.namelist():
            inner = name.removeprefix(HEADERS)
            if name.endswith(".h") and inner.startswith(USED_HEADERS):
                target = package / "deps" / "include" / inner
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(archive.read(name))


def stub_python(libraries: Path, scratch: Path) -> None:
    """A library with every symbol of Python that TensorFlow's library lacks; all are empty data."""
    undefined = run("nm", "-D", "--undefined-only", str(libraries / Path(LIBRARIES[0]).name)).split()
    names = sorted({name for name in undefined if name.startswith(("Py", "_Py"))})
    source = scratch / "python.c"
    source.write_text("".join(f"char {name}[1024];\n" for name in names))
    run("gcc", "-shared", "-fPIC", str(source), "-o", str(libraries / "libpythonstub.so"))


def compile_addon(package: Path, scratch: Path) -> None:
    run("npm", "install", "--prefix", str(scratch), "--no-save", "--ignore-scripts", "node-api-headers@1")
    libraries = package / "deps" / "lib"
    includes = (package / "deps" / "include", scratch / "node_modules" / "node-api-headers" / "include")
    addon = package / "lib" / "napi-v8"
    addon.mkdir(parents=True, exist_ok=True)
    run(
        *("g++", "-shared", "-fPIC", "-O2", "-std=c++14", "-DNAPI_VERSION=8"),
        *(f"-I{folder}" for folder in includes),
        *(str(package / "binding" / name) for name in ("tfjs_backend.cc", "tfjs_binding.cc")),
        *(f"-L{libraries}", "-Wl,--no-as-needed", "-lpythonstub"),
        *(f"-l:{Path(name).name}" for name in LIBRARIES),
        *("-Wl,-rpath,$ORIGIN/../../deps/lib", "-o", str(addon / "tfjs_binding.node")),
    )


package = Path(sys.argv[1]).resolve()
if not (package / "binding" / "tfjs_binding.cc").exists():
    sys.exit(f"tfjsNodeAddon: expected the folder of an installed @tensorflow/tfjs-node, got {package}")
if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
    cannot(f"it needs Linux on x86_64, got {platform.system()} on {platform.machine()}")
for tool in ("npm", "nm", "gcc", "g++"):
    if shutil.which(tool) is None:
        cannot(f"there is no {tool}")
with tempfile.TemporaryDirectory() as folder:
    scratch = Path(folder)
    unpack(download(scratch), package)
    stub_python(package / "deps" / "lib", scratch)
    compile_addon(package, scratch)
print(f"built {package / 'lib' / 'napi-v8' / 'tfjs_binding.node'}")
