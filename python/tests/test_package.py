"""The package as a whole: stubs, exceptions, documentation, and the interpreter's lock."""

import ast
import inspect
import pathlib
import re
import subprocess
import sys
import threading
import time

import fretwork
import numpy as np
import pytest
from conftest import EXAMPLES

STUB = ast.parse((pathlib.Path(fretwork.__file__).parent / "__init__.pyi").read_text())


def public(names):
    return {name for name in names if not name.startswith("_")}


def defined(nodes):
    """Names that a list of statements defines."""
    for node in nodes:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.AnnAssign):
            yield node.target.id


def test_the_stub_has_the_modules_names():
    assert public(defined(STUB.body)) == set(fretwork.__all__)
    assert set(fretwork.__all__) == public(dir(fretwork._fretwork))
    assert "__version__" in set(defined(STUB.body)) and re.fullmatch(r"\d+\.\d+\.\d+", fretwork.__version__)
    assert (pathlib.Path(fretwork.__file__).parent / "py.typed").is_file()


def test_the_stub_has_the_classes_members():
    classes = {node.name: node for node in STUB.body if isinstance(node, ast.ClassDef)}
    for name, node in classes.items():
        cls = getattr(fretwork, name)
        if issubclass(cls, Exception):
            assert [base.id for base in node.bases] == [cls.__base__.__name__]
            continue
        members = public(defined(node.body))
        assert members == public(dir(cls)), name
        for member in node.body:
            is_property = any(isinstance(mark, ast.Name) and mark.id == "property" for mark in member.decorator_list)
            assert is_property == inspect.isgetsetdescriptor(getattr(cls, member.name)), f"{name}.{member.name}"
            assert is_property or getattr(cls, member.name).__doc__, f"{name}.{member.name} has no documentation"


def arguments(node):
    return [argument.arg for argument in node.args.args], [argument.arg for argument in node.args.kwonlyargs]


def test_the_stub_has_the_functions_arguments():
    """What is not a keyword of the function itself is an option, and all options stand in the stub."""
    lenet5 = fretwork.load(EXAMPLES / "lenet5" / "lenet5_int8.tflite")
    program = lenet5.plan()
    with_options = {
        ("Network", "plan"): lenet5.plan,
        ("Network", "estimator"): lambda **options: lenet5.estimator(["keep"], **options),
        ("Network", "compress"): lambda **options: lenet5.compress("prune", **options),
        ("Program", "report"): program.report,
        ("Program", "area"): program.area,
        ("Program", "emit"): lambda **options: program.emit("design", **options),
        ("Result", "report"): program.simulate().report,
        (None, "quantise"): lambda **options: fretwork.quantise("net.onnx", **options),
        (None, "compress"): lambda **options: fretwork.compress(np.ones((1, 1), np.float32), "twn", **options),
        (None, "compare"): lambda **options: fretwork.compare({}, **options),
    }
    scopes = [(None, fretwork, STUB)] + [(node.name, getattr(fretwork, node.name), node) for node in STUB.body if isinstance(node, ast.ClassDef)]
    seen = set()
    for scope, owner, tree in scopes:
        for node in (node for node in tree.body if isinstance(node, ast.FunctionDef) and not node.decorator_list):
            signature = inspect.signature(getattr(owner, node.name)).parameters.values()
            options = any(parameter.kind is parameter.VAR_KEYWORD for parameter in signature)
            positional = [parameter.name for parameter in signature if parameter.kind is parameter.POSITIONAL_OR_KEYWORD or parameter.name == "self"]
            keywords = [parameter.name for parameter in signature if parameter.kind is parameter.KEYWORD_ONLY]
            assert options == ((scope, node.name) in with_options), (scope, node.name)
            if options:
                with pytest.raises(fretwork.UsageError) as raised:
                    with_options[scope, node.name](nothing=1)
                keywords += str(raised.value).partition("known are ")[2].split(", ")
                seen.add((scope, node.name))
            in_stub = arguments(node)
            assert (in_stub[0], sorted(in_stub[1])) == (positional, sorted(keywords)), (scope, node.name)
    assert seen == set(with_options)


def test_one_exception_is_the_base_of_all():
    kinds = [getattr(fretwork, name) for name in fretwork.__all__ if name.endswith("Error")]
    assert len(kinds) == 9 and all(issubclass(kind, fretwork.Error) for kind in kinds)
    assert all(kind.__module__ == "fretwork" and kind.__doc__ for kind in kinds)


def test_other_threads_run_while_it_computes():
    """A second thread looks at the clock while a simulation runs in the first; with the lock held it would not until the end."""
    program = fretwork.load(EXAMPLES / "lenet5" / "lenet5_int8.tflite").plan(rows=4, cols=4)
    started, stop, looks = threading.Event(), threading.Event(), []

    def look():
        while not stop.is_set():
            looks.append(time.perf_counter())
            started.set()
            time.sleep(0.001)

    other = threading.Thread(target=look)
    other.start()
    started.wait()
    begin = time.perf_counter()
    program.simulate(200)
    end = time.perf_counter()
    stop.set()
    other.join()
    seen = [begin, *(time for time in looks if begin < time < end), end]
    longest = max(after - before for before, after in zip(seen, seen[1:]))
    assert longest < (end - begin) / 2, f"for {longest:.3f} s of {end - begin:.3f} s nothing else ran"


def test_the_readmes_examples_print_what_it_says():
    readme = (EXAMPLES.parent / "python" / "README.md").read_text()
    code, printed = ("".join(re.findall(f"```{kind}\n(.*?)```", readme, re.DOTALL)) for kind in ("python", "text"))
    done = subprocess.run([sys.executable, "-c", code], cwd=EXAMPLES.parent, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == printed
