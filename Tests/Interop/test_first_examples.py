"""The first program with each library, compiled as `docs/libraries.md` shows it, by the compiler and with the macros that built the library."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILT = ROOT / ".build" / "debug"
TEXT = (ROOT / "docs" / "libraries.md").read_text()
EXAMPLES = {
    section.split("\n", 1)[0].strip(): re.search(r"```swift\n(.*?)```", section, re.DOTALL).group(1) for section in TEXT.split("\n## ")[1:]
}
# What an example may import besides its own product: what the page says it brings or takes.
BESIDES = {"Foundation", "Logging"}
TAKES = {
    "BullMQ": {"RedisClient"}, "BullMQOutbox": {"JSON", "PostgresClient", "RedisClient"}, "Migrations": {"TypedSQL"},
    "BetterAuth": {"Hummingbird", "PostgresClient"}, "CEL": {"JSON"},
}


@pytest.fixture(scope="session")
def flags():
    """C modules that a library's users see through it."""
    maps = [*BUILT.glob("*.build/module.modulemap"), *(ROOT / "Sources").glob("*/module.modulemap")]
    maps += [path for path in (ROOT / ".build" / "checkouts").glob("*/Sources/*/include/module.modulemap") if "/Windows/" not in str(path)]
    libpq = subprocess.run(["pkg-config", "--cflags-only-I", "libpq"], capture_output=True, text=True, check=True).stdout.split()
    return [*(part for path in maps for part in ("-Xcc", f"-fmodule-map-file={path}")), *libpq]


def test_every_product_has_an_example():
    package = (ROOT / "Package.swift").read_text()
    products = set(re.findall(r'\.library\(name: "(\w+)"', package)) - {"Mainstay"}
    assert products - set(EXAMPLES) == set()


@pytest.mark.parametrize("product", EXAMPLES)
def test_the_first_example_compiles(product, flags, tmp_path):
    source = EXAMPLES[product]
    imports = set(re.findall(r"^import (\w+)", source, re.MULTILINE))
    assert product in imports and imports <= {product} | BESIDES | TAKES.get(product, set()), imports
    file = tmp_path / "main.swift"
    file.write_text(source)
    compiler = os.environ.get("SWIFT_EXEC") or shutil.which("swiftc")
    result = subprocess.run(
        [compiler, "-frontend", "-typecheck", "-swift-version", "6", "-module-name",
         "first", "-I", str(BUILT / "Modules"), *flags, "-load-plugin-executable", f"{BUILT}/Macros-tool#Macros", str(file)],
        capture_output=True, text=True, timeout=300, check=False)
    assert result.returncode == 0, result.stderr[-4000:]
