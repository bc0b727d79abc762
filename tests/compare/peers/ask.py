"""`python ask.py TOOL ROOT LIST`: asks one tool, installed beside this Python, about each path of a list under a root.

Prints one line per path: its number in the list and the answer. `flagged`: the tool says that it is bad. `noted`: it
says something that leaves its exit code at 0. `incomplete`: it fails, or says that it could not look. `silent`: the
rest. Tools are asked through the functions that their command lines call, in one process, to leave out their start.
"""

import contextlib
import io
import logging
import os
import pathlib
import sys
import zipfile


def picklescan(strict=False):
    from picklescan.scanner import scan_directory_path, scan_file_path

    def ask(path):
        scan = scan_directory_path if path.is_dir() else scan_file_path
        result = scan(str(path), strict=strict)
        if result.issues_count:
            return "flagged"
        if result.scan_err:
            return "incomplete"
        return "noted" if result.suspicious_count else "silent"

    return ask


def modelscan():
    from modelscan.modelscan import ModelScan

    def ask(path):
        scanner = ModelScan()
        scanner.scan(str(path))
        if scanner.issues.all_issues:
            return "flagged"
        return "incomplete" if scanner.errors else "silent"

    return ask


def fickling():
    from fickling.analysis import Severity, check_safety
    from fickling.fickle import StackedPickle

    def pickles(path):
        # Its reader of torch files takes data.pkl out of the zip and needs torch only to write.
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                names = [name for name in archive.namelist() if name.endswith(".pkl")]
                if not names:
                    raise ValueError("a zip without a pickle")
                return [pickle for name in names for pickle in load(io.BytesIO(archive.read(name)))]
        with open(path, "rb") as file:
            return load(file)

    def load(file):
        return StackedPickle.load(file, fail_on_decode_error=False)

    def ask(path):
        if path.is_dir():
            return worst(ask_alone(ask, file) for file in sorted(path.rglob("*")) if file.is_file())
        results = [check_safety(pickle, json_output_path=os.devnull) for pickle in pickles(path)]
        return "flagged" if any(result.severity > Severity.LIKELY_SAFE for result in results) else "silent"

    return ask


def modelaudit():
    from modelaudit.core import determine_exit_code, scan_model_directory_or_file

    answers = {0: "silent", 1: "flagged", 2: "incomplete"}
    return lambda path: answers[determine_exit_code(scan_model_directory_or_file(str(path), cache_enabled=False, timeout=120))]


TOOLS = {
    "picklescan": picklescan,
    "picklescan --strict": lambda: picklescan(strict=True),
    "modelscan": modelscan,
    "fickling": fickling,
    "modelaudit": modelaudit,
}


def worst(answers):
    answers = set(answers)
    return next((answer for answer in ("flagged", "incomplete", "noted") if answer in answers), "silent")


def ask_alone(ask, path):
    """The answer about one path; a tool that raises could not look."""
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            return ask(path)
    except (Exception, RecursionError, SystemExit):
        return "incomplete"


def main():
    tool, root, paths = sys.argv[1:]
    logging.disable(logging.CRITICAL)
    ask = TOOLS[tool]()
    for number, path in enumerate(pathlib.Path(paths).read_text(encoding="utf-8").splitlines()):
        print(number, ask_alone(ask, pathlib.Path(root, path)), flush=True)


main()
