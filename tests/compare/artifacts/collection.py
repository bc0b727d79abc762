"""Where made artifacts go: one folder per library, each artifact once, with a manifest of what was made and how."""

import hashlib
import pathlib
import shutil
import traceback


class Collection:
    """Artifacts of all libraries. A maker that fails is noted and the rest goes on."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.rows, self.failures, self._seen = [], [], set()

    def add(self, library, name, format, write):
        """Has `write(path)` make the artifact `library/name`, a file or a folder; equal content counts once."""
        path = self.folder / "benign" / library / name
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            write(path)
            digest = _digest(path)
        except Exception as error:
            reason = traceback.format_exception_only(error)[-1].strip().splitlines()[0]
            self.failures.append((library, name, reason))
            _remove(path)
            return
        if digest in self._seen:
            _remove(path)
            return
        self._seen.add(digest)
        self.rows.append((str(path.relative_to(self.folder)), "benign", format, name, f"generated:{library}"))

    def write_manifest(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        with open(self.folder / "manifest.tsv", "w", encoding="utf-8") as manifest:
            print("path", "label", "format", "technique", "source", sep="\t", file=manifest)
            for row in sorted(self.rows):
                print(*row, sep="\t", file=manifest)


def _digest(path):
    files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
    digest = hashlib.sha256()
    for file in files:
        digest.update(str(file.relative_to(path)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def _remove(path):
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
