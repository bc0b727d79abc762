"""`python -m artifacts FOLDER [MODULE…]`: makes the artifacts and a manifest, and prints how many of each library."""

import collections
import importlib
import os
import sys

from .collection import Collection

MODULES = (
    "python_objects numpy_arrays pandas_frames sklearn_models boosters torch_models tokenizer_files tensor_files keras_models"
).split()


def main():
    # One thread, and no accelerator, log or hub: what is made depends on the libraries only.
    os.environ.update(OMP_NUM_THREADS="1", CUDA_VISIBLE_DEVICES="", TF_CPP_MIN_LOG_LEVEL="3", HF_HUB_OFFLINE="1", JAX_PLATFORMS="cpu")
    made = Collection(sys.argv[1])
    # Libraries talk on standard output; the counts are all that is wanted there.
    counts, sys.stdout = sys.stdout, sys.stderr
    for name in sys.argv[2:] or MODULES:
        before = len(made.rows)
        try:
            importlib.import_module(f".{name}", __package__).make(made)
        except Exception as error:
            made.failures.append((name, "the whole module", f"{type(error).__name__}: {error}".splitlines()[0]))
        print(f"{name}: {len(made.rows) - before} artifacts", file=sys.stderr)
    made.write_manifest()
    for library, name, reason in made.failures:
        print(f"not made: {library}/{name}: {reason}", file=sys.stderr)
    for library, count in sorted(collections.Counter(row[4] for row in made.rows).items()):
        print(library.removeprefix("generated:"), count, sep="\t", file=counts)


main()
