"""Runs every tool over the same labelled folder, one after the other, and prints a table of counts.

Only counts are printed: what one tool misses in its current version is no recipe to give away.
"""

import argparse
import collections
import json
import os
import pathlib
import random
import resource
import subprocess
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).parent
ANSWERS = ("flagged", "noted", "incomplete", "silent", "not reached")
LABELS = ("malicious", "suspicious", "benign")

# No tool may phone home while it is measured.
QUIET = {
    "DO_NOT_TRACK": "1", "NO_ANALYTICS": "1", "PROMPTFOO_DISABLE_TELEMETRY": "1", "HF_HUB_OFFLINE": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "",
}


def main():
    options = argparse.ArgumentParser()
    options.add_argument("corpus", type=pathlib.Path, help="folder with a manifest.tsv of path, label, …")
    options.add_argument("--assay", default="assay")
    options.add_argument("--venvs", type=pathlib.Path, required=True, help="folder with a venv for each tool")
    options.add_argument("--limit", type=float, default=3600, help="seconds that each tool gets")
    options.add_argument("--tools", default="picklescan,picklescan --strict,modelscan,fickling,modelaudit")
    chosen = options.parse_args()
    rows = [line.split("\t")[:2] for line in chosen.corpus.joinpath("manifest.tsv").read_text(encoding="utf-8").splitlines()[1:]]
    # In no order that a tool which runs out of time would show: what it reached stands for the rest.
    random.Random(0).shuffle(rows)
    columns = {}
    columns[_assay_version(chosen.assay)] = _measured(lambda: _assay(chosen.assay, chosen.corpus, rows))
    for tool in filter(None, chosen.tools.split(",")):
        python = chosen.venvs / tool.split()[0] / "bin/python"
        columns[_version(tool)] = _measured(lambda: _peer(tool, python, chosen.corpus, rows, chosen.limit))
    print(_table(rows, columns))


def _measured(work):
    start = time.monotonic()
    answers, peak = work()
    return answers, time.monotonic() - start, peak


def _version(tool):
    lines = HERE.joinpath("versions.txt").read_text(encoding="utf-8").splitlines()
    name, *rest = tool.split(" ", 1)
    version = next(line.split("==") for line in lines if line.split("==")[0].split("[")[0] == name)
    return " ".join([*version, *rest])


def _assay_version(assay):
    return subprocess.run([assay, "--version"], capture_output=True, text=True, check=True).stdout.split("\n")[0]


def _assay(assay, corpus, rows):
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen([assay, "scan", "--format", "json", "--no-progress", corpus], stdout=out, stderr=subprocess.DEVNULL)
        peak = _peak_of_family(process)
        out.seek(0)
        files = json.load(out)["files"]
    answers = {}
    for file in files:
        path = pathlib.Path(file["path"]).relative_to(corpus)
        answer = _answer(file)
        for part in (path, *path.parents):
            answers.setdefault(str(part), set()).add(answer)
    order = ("flagged", "incomplete", "noted", "silent")
    return [next(a for a in order if a in answers.get(path, {"incomplete"})) for path, _ in rows], peak


def _answer(file):
    bad = any(finding["severity"] in ("high", "critical") for finding in file["findings"])
    if file["verdict"] == "deny":
        return "flagged" if bad else "incomplete"
    return {"warn": "noted", "allow": "silent"}[file["verdict"]]


def _peer(tool, python, corpus, rows, limit):
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as paths, tempfile.TemporaryDirectory() as home, tempfile.TemporaryFile("w+") as errors:
        paths.write("\n".join(path for path, _ in rows))
        paths.flush()
        command = [python.absolute(), HERE.absolute() / "ask.py", tool, corpus.absolute(), paths.name]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, text=True, cwd=home,
            env={**os.environ, **QUIET, "HOME": home}, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0)),
        )
        timer = threading.Timer(limit, process.kill)
        timer.start()
        answers = ["not reached"] * len(rows)
        watch = _Watch(process)
        for line in process.stdout:
            number, answer = line.split()
            answers[int(number)] = answer
        peak = watch.peak()
        timer.cancel()
        if process.returncode > 0:
            errors.seek(0)
            raise SystemExit(f"{tool} ended with {process.returncode}: {errors.read()[-500:]}")
    return answers, peak


class _Watch:
    """The largest sum of the resident sizes of a process and all below it, sampled."""

    def __init__(self, process):
        self._process, self._most = process, 0
        self._thread = threading.Thread(target=self._follow)
        self._thread.start()

    def _follow(self):
        while self._process.poll() is None:
            self._most = max(self._most, sum(map(_resident, _family(self._process.pid))))
            time.sleep(0.02)

    def peak(self):
        self._thread.join()
        return self._most


def _peak_of_family(process):
    return _Watch(process).peak()


def _family(pid):
    found = [pid]
    for parent in found:
        for tasks in pathlib.Path(f"/proc/{parent}/task").glob("*/children"):
            try:
                found += [int(child) for child in tasks.read_text().split()]
            except OSError:
                pass
    return found


def _resident(pid):
    """Memory of a process, what it shares counted once: bytes."""
    try:
        lines = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) << 10 for line in lines if line.startswith("Pss:")), 0)


def _table(rows, columns):
    lines = ["| tool | label | " + " | ".join(ANSWERS) + " | wall | peak memory |", "|---|---|" + "---:|" * (len(ANSWERS) + 2)]
    for tool, (answers, seconds, peak) in columns.items():
        cost = [f"{seconds:.1f} s", f"{peak / 1e6:.0f} MB"]
        for label in LABELS:
            counts = collections.Counter(answer for answer, (_, own) in zip(answers, rows) if own == label)
            if counts:
                cells = [tool, label, *(str(counts[answer] or "") for answer in ANSWERS), *cost]
                lines.append("| " + " | ".join(cells) + " |")
                tool, cost = "", ["", ""]
    return "\n".join(lines)


main()
