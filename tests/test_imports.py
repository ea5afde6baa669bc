"""The direction of imports: agent → tools, knowledge; tools → knowledge in one place; finetune → the text of tools alone."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("agent", "tools", "knowledge", "finetune")
OF_TOOLS_FOR_FINETUNE = {  # what training and serving must do alike: read a record, give outputs their meaning, and draw
    f"tools.{module}"
    for module in (
        "aspects",
        "clauses",
        "columns",
        "conditions",
        "encoder",
        "features",
        "fields",
        "figures",
        "formulas",
        "lexical",
        "outputs",
        "result",
    )
}
REACHES_FINETUNE = {  # set-up, the verbs that train, and the page's report on a data file, the verb `waam finetune data` over HTTP
    "agent/setup/build.py",
    "agent/commands/finetune_care_cli.py",
    "agent/commands/finetune_llm_cli.py",
    "agent/commands/finetune_cli.py",
    "agent/commands/finetune_options.py",
    "agent/server/data_report.py",
}
HEAVY = ("torch", "transformers", "sklearn", "finetune")


def imports(path: Path) -> Iterator[tuple[str, bool]]:
    """Every imported module of this project, and whether it is late: inside a function, or for type checking alone."""

    def walk(node: ast.AST, inside: bool) -> Iterator[tuple[str, bool]]:
        if isinstance(node, ast.Import):
            yield from ((alias.name, inside) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: relative imports hide their direction"
            module = node.module or ""
            # `from tools import vocabulary` imports the module tools.vocabulary
            yield from ((f"{module}.{alias.name}" if module in PACKAGES else module, inside) for alias in node.names)
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in ("import_module", "__import__"):
                yield node.args[0].value, inside
        for child in ast.iter_child_nodes(node):
            typing = isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"
            yield from walk(child, inside or typing or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))

    for name, inside in walk(ast.parse(path.read_text(encoding="utf-8")), False):
        if name.split(".")[0] in PACKAGES:
            yield name, inside


MODULES = [path.relative_to(ROOT).as_posix() for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def test_there_is_something_to_check():
    assert {module.split("/")[0] for module in MODULES} == set(PACKAGES)
    assert ("tools.registry", False) in set(imports(ROOT / "agent" / "ground.py"))


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_one_way(module: str):
    package = module.split("/")[0]
    for name, inside in imports(ROOT / module):
        target = name.split(".")[0]
        if target == package:
            continue
        if package == "agent":
            assert target != "finetune" or (module in REACHES_FINETUNE and inside), f"{module} may not import {name} here"
        elif package == "tools":
            assert target == "knowledge" and module == "tools/knowledge.py", f"tools may not import {name}"
        elif package == "finetune":
            assert name in OF_TOOLS_FOR_FINETUNE, f"finetune may not import {name}"
        else:
            pytest.fail(f"{package} may not import {name}")


@pytest.mark.parametrize("module", ["agent.graph", "agent.cli", "agent.server.app", "agent.mcp", "tools.registry"])
def test_what_answers_loads_no_training_library(module: str):
    assert loaded(module, HEAVY) == "[]"


def test_a_report_on_data_takes_no_training_library_into_the_server():
    """That is why it may run there."""
    assert loaded("finetune.data_report, finetune.records", ("torch", "transformers")) == "[]"


def loaded(modules: str, looked_for: tuple[str, ...]) -> str:
    """Which libraries a fresh process has loaded that imports these modules."""
    code = f"import sys, {modules}; print([name for name in {looked_for} if name in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()
