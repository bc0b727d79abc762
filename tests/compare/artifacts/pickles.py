"""The ways in which Python objects are pickled: protocols, picklers and compressors, taken in turn."""

import bz2
import gzip
import itertools
import lzma
import pickle

import cloudpickle
import joblib  # before dill, which teaches Python's own pickler its ways: joblib keeps a copy of what it finds
import dill

# Here only dill is to pickle like dill.
dill.extend(use_dill=False)


def _opened(opener, protocol):
    def write(value, path):
        with opener(path, "wb") as file:
            pickle.dump(value, file, protocol=protocol)

    return write


def _slow(protocol):
    def write(value, path):
        with open(path, "wb") as file:
            pickle._Pickler(file, protocol).dump(value)

    return write


def _joblib(compress, protocol=None):
    return lambda value, path: joblib.dump(value, path, compress=compress, protocol=protocol)


def _dumped(pickler, protocol):
    return lambda value, path: path.write_bytes(pickler.dumps(value, protocol=protocol))


# (suffix, format, write(value, path))
PLAIN = [(f".p{protocol}.pkl", "pickle", _opened(open, protocol)) for protocol in range(6)]

COMPRESSED = [
    (".pkl.gz", "pickle", _opened(gzip.open, 4)),
    (".pkl.bz2", "pickle", _opened(bz2.open, 2)),
    (".pkl.xz", "pickle", _opened(lzma.open, 5)),
]

JOBLIB = [
    (".joblib", "joblib", _joblib(0)),
    (".p2.joblib", "joblib", _joblib(0, 2)),
    (".zlib.joblib", "joblib", _joblib(("zlib", 3))),
    (".gz.joblib", "joblib", _joblib(("gzip", 3))),
    (".bz2.joblib", "joblib", _joblib(("bz2", 3))),
    (".xz.joblib", "joblib", _joblib(("xz", 3))),
    (".lzma.joblib", "joblib", _joblib(("lzma", 3))),
    (".lz4.joblib", "joblib", _joblib(("lz4", 3))),
]

OTHERS = [
    (".dill", "dill", _dumped(dill, 4)),
    (".cloudpickle", "cloudpickle", _dumped(cloudpickle, 5)),
    (".python.pkl", "pickle", _slow(4)),
]

ALL = PLAIN + JOBLIB + COMPRESSED + OTHERS

_TURN = itertools.cycle(ALL)


def some(collection, library, name, value, count=2):
    """Pickles `value` in the next `count` ways."""
    for suffix, format, write in itertools.islice(_TURN, count):
        _add(collection, library, name, value, suffix, format, write)


def every(collection, library, name, value, ways=ALL):
    """Pickles `value` in each of the ways."""
    for suffix, format, write in ways:
        _add(collection, library, name, value, suffix, format, write)


def _add(collection, library, name, value, suffix, format, write):
    collection.add(library, name + suffix, format, lambda path: write(value, path))
