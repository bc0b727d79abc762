"""Counts the verdicts of a scan over made artifacts, per library; exits with 1 if any was denied or too few were made."""

import collections
import json
import pathlib
import re
import sys

LEAST = 300
ORDER = ("deny", "warn", "allow")


def main():
    out, requirements = map(pathlib.Path, sys.argv[1:])
    root = out / "artifacts"
    manifest = root.joinpath("manifest.tsv").read_text(encoding="utf-8").splitlines()[1:]
    artifacts = [line.split("\t")[0] for line in manifest]
    verdicts = {artifact: set() for artifact in artifacts}
    reasons = collections.defaultdict(set)
    for file in json.loads(out.joinpath("scan.json").read_text(encoding="utf-8"))["files"]:
        path = pathlib.Path(file["path"]).relative_to(root)
        artifact = next((str(part) for part in (path, *path.parents) if str(part) in verdicts), None)
        if artifact is None:
            sys.exit(f"{path} belongs to no artifact")
        verdicts[artifact].add(file["verdict"])
        if file["verdict"] != "allow":
            for reason in _reasons(file):
                reasons[file["verdict"], reason].add(artifact)
    counts = collections.defaultdict(collections.Counter)
    for artifact, own in verdicts.items():
        worst = next((verdict for verdict in ORDER if verdict in own), None)
        if worst is None:
            sys.exit(f"{artifact} was not scanned")
        counts[artifact.split("/")[1]][worst] += 1
    _print(counts, reasons, _versions(out, requirements))
    total = sum(counts.values(), collections.Counter())
    return total["deny"] > 0 or total.total() < LEAST


def _reasons(file):
    for finding in file["findings"]:
        if finding["severity"] in ("medium", "high", "critical"):
            yield f"{finding['rule']}: {finding.get('detail', {}).get('global') or finding['message'][:100]}"
    for gap in file["coverage"].get("gaps", []):
        yield f"{gap['kind']}: {gap['message'][:100]}"


def _versions(out, requirements):
    wanted = {line for line in requirements.read_text(encoding="utf-8").split("\n") if line and line[0] != "#"}
    installed = (line.split("==") for line in out.joinpath("versions.txt").read_text().splitlines() if "==" in line)
    return {name: version for name, version in installed if re.sub("_", "-", name.lower()) in wanted}


def _print(counts, reasons, versions):
    print("| library | artifacts | denied | warned |", "|---|---:|---:|---:|", sep="\n")
    for library, count in sorted(counts.items()):
        print(f"| {library} | {count.total()} | {count['deny']} | {count['warn']} |")
    total = sum(counts.values(), collections.Counter())
    print(f"| **all** | **{total.total()}** | **{total['deny']}** | **{total['warn']}** |\n")
    print("Versions:", ", ".join(f"{name} {version}" for name, version in sorted(versions.items())))
    for (verdict, reason), artifacts in sorted(reasons.items(), key=lambda item: (ORDER.index(item[0][0]), -len(item[1]))):
        print(f"{verdict} {len(artifacts)}: {reason} (as in {min(artifacts)})")


sys.exit(main())
