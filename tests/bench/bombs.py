"""Makes each bomb, has it scanned, and prints what that took. Called by `bombs`."""

import bz2, gzip, io, json, lzma, os, resource, struct, subprocess, sys, tarfile, threading, time, zipfile, zlib

LONGEST, MOST = 2.0, 200.0

# Read to their end within the limits, which is an answer too.
HARMLESS = {"pickle-tuples.pkl", "zip-190000-members.zip"}


def zip_of(members, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method, compresslevel=9) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return out.getvalue()


def raw_zip(count, name, data=b"x", shared=False):
    """A zip of stored members by hand: zipfile needs a minute for a million. `shared`: all entries lead to one."""
    crc, local, central = zlib.crc32(data), bytearray(), bytearray()
    for number in range(count):
        label = name(number)
        at = 0 if shared else len(local)
        if not shared or number == 0:
            here = name(0) if shared else label
            local += struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 0, 0, 0, crc, len(data), len(data), len(here), 0)
            local += here + data
        central += struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, 0, 0, 0, crc, len(data), len(data), len(label),
                               0, 0, 0, 0, 0, at) + label
    end64 = struct.pack("<4sQ2H2I4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, len(central), len(local))
    locator = struct.pack("<4sIQI", b"PK\6\7", 0, len(local) + len(central), 1)
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, min(count, 65535), min(count, 65535), len(central), len(local), 0)
    return bytes(local + central) + (end64 + locator if count >= 65535 else b"") + end


def overlapping_zip():
    """Entries whose local headers nest, so that all of them inflate the same kernel (Fifield's construction)."""
    kernel = zlib.compress(bytes(10 << 20), 9)[2:-4]
    local, central, count = bytearray(), bytearray(), 2000
    heads = []
    for number in range(count):
        label = b"%04d" % number
        heads.append(struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 8, 0, 0, 0, 0, 0, len(label), 0) + label)
    # Each header is quoted by a stored block of the one before.
    tail = kernel
    places = []
    for head in reversed(heads):
        tail = head + tail if not places else head + struct.pack("<BHH", 0, len(last), len(last) ^ 0xffff) + tail
        last = head
        places.append(len(tail))
    whole = len(tail)
    for number, left in enumerate(reversed(places)):
        label = b"%04d" % number
        size = left - 30 - len(label)
        central += struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, 8, 0, 0, 0, size, 10 << 20, len(label), 0, 0, 0, 0,
                               0, whole - left) + label
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, count, count, len(central), whole, 0)
    return tail + bytes(central) + end


def nested(wrap, levels, core=b"\x80\x02K\x01."):
    for _ in range(levels):
        core = wrap(core)
    return core


def zeros_gzip(gigabytes):
    """A stream of zeros without compressing gigabytes here: the same full-flushed block again and again."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(bytes(64 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + block * (gigabytes * 16) + b"\x03\0" + bytes(8)


def tar_of(count, name=lambda number: "m%d" % number, content=b"x"):
    out = bytearray()
    for number in range(count):
        info = tarfile.TarInfo(name(number))
        info.size = len(content)
        out += info.tobuf(tarfile.USTAR_FORMAT) + content + bytes(-len(content) % 512)
    return bytes(out) + bytes(1024)


def tar_header(name, kind=tarfile.REGTYPE, size=0):
    info = tarfile.TarInfo(name)
    info.type, info.size = kind, size
    return info.tobuf(tarfile.USTAR_FORMAT)


def tar_ways(count):
    """Folders that state a size: each opens another way to read what follows."""
    junk = b"\1" * 512 + tar_header("x")
    one = tar_header("d", tarfile.DIRTYPE, 512) + tar_header("b", size=len(junk)) + junk
    return one * count + bytes(1024)


def tar_holes(count):
    """Sparse members of 8 GiB, of which two bytes are stored."""
    block = bytearray(tar_header("s", tarfile.GNUTYPE_SPARSE, 2))
    block[257:265] = b"ustar  \0"
    for at, number in ((386, 0), (398, 1), (410, 1 << 32), (422, 1), (483, (1 << 33) - 1)):
        block[at : at + 11] = b"%011o" % number
    block[148:156] = b" " * 8
    block[148:155] = b"%06o\0" % sum(block)
    return (bytes(block) + b"ab".ljust(512, b"\0")) * count + bytes(1024)


def laughs_pickle():
    """Each list holds the one before twice, forty times over."""
    out = b"\x80\x04K\x01\x85\x94"
    for level in range(60):
        out += b"0" + b"h" + bytes([level]) + b"h" + bytes([level]) + b"\x86\x94"
    return out + b"."


def memo_pickle():
    return b"\x80\x02" + b"".join(b"K\x01r" + struct.pack("<I", n * 4096 % (1 << 32)) for n in range(1 << 20)) + b"."


def flood_pickle():
    return b"\x80\x02" + b"cos\nsystem\n0" * 1_000_000 + b"N."


def deep_pickle():
    return b"\x80\x02" + b"(" * 20_000_000 + b"."


def nested_tuples():
    return b"\x80\x02N" + b"\x85" * 20_000_000 + b"."


def strings_pickle():
    return b"\x80\x04" + b"".join(b"\x8c\x0a%010d\x94" % n for n in range(3_000_000)) + b"."


def safetensors(count):
    header = "{" + ",".join('"t%d":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}' % n for n in range(count)) + "}"
    return struct.pack("<Q", len(header)) + header.encode()


def gguf(tensors, pairs, rest=b""):
    return b"GGUF" + struct.pack("<IQQ", 3, tensors, pairs) + rest


def key(text):
    return struct.pack("<Q", len(text)) + text


def xml_laughs():
    levels = "".join("<!ENTITY l%d '%s'>" % (n, "&l%d;" % (n - 1) * 10) for n in range(1, 40))
    return ("<!DOCTYPE net [<!ENTITY l0 'ha'>%s]><net name='&l39;'/>" % levels).encode()


def seven_zip_header():
    start = struct.pack("<QQI", 0, 1 << 60, 0)
    return b"7z\xbc\xaf'\x1c\0\4" + struct.pack("<I", zlib.crc32(start)) + start


def npy(shape):
    header = ("{'descr': '<f8', 'fortran_order': False, 'shape': %s, }" % shape).encode()
    header += b" " * (-(10 + len(header) + 1) % 64) + b"\n"
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header


def protobuf_nest(levels):
    core = b""
    for _ in range(levels):
        size, length = len(core), b""
        while True:
            length += bytes([size & 0x7f | (0x80 if size > 0x7f else 0)])
            size >>= 7
            if not size:
                break
        core = b"\x3a" + length + core
    return b"\x08\x08" + core


BOMBS = {
    "gzip-ratio.gz": lambda: zeros_gzip(32),
    "gzip-of-gzip.gz": lambda: gzip.compress(gzip.compress(gzip.compress(bytes(512 << 20), 9), 9), 9),
    "gzip-1e5-streams.gz": lambda: gzip.compress(b"") * 100_000,
    "bzip2-ratio.bz2": lambda: bz2.compress(bytes(256 << 20)) * 20,
    "xz-ratio.xz": lambda: lzma.compress(bytes(512 << 20)),
    "xz-of-1e5-streams.xz": lambda: lzma.compress(b"") * 100_000,
    "lzma-dictionary.lzma": lambda: b"\x5d\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00" + bytes(64),
    "zlib-ratio.pkl": lambda: zlib.compress(bytes(1 << 30), 9),
    "zip-ratio.zip": lambda: zip_of([("zeros-%d" % n, bytes(64 << 20)) for n in range(8)]),
    "zip-overlap.zip": overlapping_zip,
    "zip-quine-depth.zip": lambda: nested(lambda inner: zip_of([("inner.zip", inner)]), 60),
    "zip-of-zips.zip": lambda: nested(lambda inner: zip_of([("%d.zip" % n, inner) for n in range(16)]), 6),
    "zip-1e6-members.zip": lambda: raw_zip(1_000_000, lambda number: b"m%d" % number),
    "zip-190000-members.zip": lambda: raw_zip(190_000, lambda number: b"m%d" % number),
    "zip-1e6-of-one.zip": lambda: raw_zip(1_000_000, lambda number: b"m%d" % number, shared=True),
    "zip-long-names.zip": lambda: raw_zip(3_000, lambda number: b"%05d" % number * 13_000),
    "zip-ends.zip": lambda: b"PK\5\6" * 5_000_000,
    "zip-locals.zip": lambda: (b"PK\3\4" + bytes(26)) * 500_000,
    "tar-1e6-members.tar": lambda: tar_of(1_000_000, content=b""),
    "tar-ways.tar": lambda: tar_ways(10_000),
    "tar-no-headers.tar": lambda: (tar_header("a") + b"G" * 512) * 20_000 + bytes(1024),
    "tar-holes.tar": lambda: tar_holes(50),
    "tar-depth.tar": lambda: nested(lambda inner: tar_of(1, lambda _: "inner.tar", inner), 60),
    "tar-gzip-depth.tar.gz": lambda: nested(lambda inner: gzip.compress(tar_of(1, lambda _: "i", inner)), 20),
    "7z-header.7z": seven_zip_header,
    "pickle-laughs.pkl": laughs_pickle,
    "pickle-memo.pkl": memo_pickle,
    "pickle-flood.pkl": flood_pickle,
    "pickle-marks.pkl": deep_pickle,
    "pickle-tuples.pkl": nested_tuples,
    "pickle-strings.pkl": strings_pickle,
    "pickle-4gb-string.pkl": lambda: b"\x80\x04X\xff\xff\xff\xffshort.",
    "pickle-2e63-string.pkl": lambda: b"\x80\x04\x8d" + struct.pack("<Q", 1 << 62) + b"short.",
    "pickle-2e60-bytes.pkl": lambda: b"\x80\x05\x96" + struct.pack("<Q", 1 << 60) + b"short.",
    "pickle-long4.pkl": lambda: b"\x80\x02\x8b" + struct.pack("<I", (1 << 31) - 1) + b"short.",
    "pickle-frame.pkl": lambda: b"\x80\x04\x95" + struct.pack("<Q", 1 << 60) + b"N.",
    "npy-shape.npy": lambda: npy("(1152921504606846976,)"),
    "npy-dimensions.npy": lambda: npy("(" + "4294967296," * 30 + ")"),
    "safetensors-2e60-header.safetensors": lambda: struct.pack("<Q", 1 << 60) + b"{}",
    "safetensors-1e6-tensors.safetensors": lambda: safetensors(1_000_000) + b"!",
    "safetensors-depth.safetensors": lambda: struct.pack("<Q", 10_000_000) + b"[" * 10_000_000,
    "gguf-2e60-tensors.gguf": lambda: gguf(1 << 60, 0),
    "gguf-2e60-pairs.gguf": lambda: gguf(0, 1 << 60),
    "gguf-4gb-key.gguf": lambda: gguf(0, 1, struct.pack("<Q", 4 << 30) + b"k"),
    "gguf-array-depth.gguf": lambda: gguf(0, 1, key(b"k") + struct.pack("<I", 9) + struct.pack("<IQ", 9, 1) * 1_000_000),
    "gguf-2e60-array.gguf": lambda: gguf(0, 1, key(b"k") + struct.pack("<IIQ", 9, 4, 1 << 60)),
    "onnx-depth.onnx": lambda: protobuf_nest(20_000),
    "keras-depth.json": lambda: b'{"class_name":"Functional","config":' * 200_000,
    "jinja-depth.jinja": lambda: b"{{" + b"(" * 1_000_000 + b")" * 1_000_000 + b"}}",
    "jinja-blocks.jinja": lambda: b"{% if x %}" * 200_000,
    "openvino-laughs.xml": xml_laughs,
    "openvino-depth.xml": lambda: b"<net>" + b"<layer>" * 2_000_000,
    "openvino-attributes.xml": lambda: b"<net " + b"a='' " * 6_000_000 + b"/>",
    "pmml-text.pmml": lambda: b"<PMML>" + b"x" * (64 << 20),
    "xgboost-2e60-array.ubj": lambda: b"{L\0\0\0\0\0\0\0\7learner[$d#L\x10\0\0\0\0\0\0\0",
    "xgboost-4gb-text.ubj": lambda: b"{L\0\0\0\0\0\0\0\7learnerSL\0\0\0\1\0\0\0\0x",
    "xgboost-depth.json": lambda: b'{"learner":{"gradient_booster":' + b"[" * 5_000_000,
    "lightgbm-line.txt": lambda: b"tree\nversion=v4\n" + b"a" * (64 << 20),
}


def family(pid):
    """A process and all below it."""
    try:
        tasks = os.listdir(f"/proc/{pid}/task")
        children = [child for task in tasks for child in open(f"/proc/{pid}/task/{task}/children").read().split()]
    except OSError:
        children = []
    return [pid] + [member for child in set(children) for member in family(int(child))]


def resident(pid):
    """Private and shared memory of a process, its part of it; pages of files that others hold too count less."""
    try:
        rollup = open(f"/proc/{pid}/smaps_rollup").read().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in rollup if line.startswith("Pss:"))


def scan(assay, path):
    def spent():
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    start, before, most = time.monotonic(), spent(), 0
    process = subprocess.Popen([assay, "scan", "--no-progress", "--format", "json", path],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    output = []
    reader = threading.Thread(target=lambda: output.extend(process.communicate()))
    reader.start()
    while reader.is_alive():
        most = max(most, sum(resident(pid) for pid in family(process.pid)))
        reader.join(0.01)
    return time.monotonic() - start, spent() - before, most / 1024, output[0], output[1]


def main():
    assay, folder, *names = sys.argv[1:]
    worst = 0
    for name, make in BOMBS.items():
        if names and name not in names:
            continue
        path = os.path.join(folder, name)
        with open(path, "wb") as file:
            file.write(make())
        size = os.path.getsize(path)
        elapsed, busy, most, output, error = scan(assay, path)
        os.unlink(path)
        try:
            row = json.loads(output)["files"][0]
            verdict, coverage = row["verdict"], row["coverage"]["state"]
        except (ValueError, LookupError):
            verdict, coverage = "none", (error.strip() or "no answer")[:60]
        bad = [why for why, when in (("SLOW", elapsed > LONGEST), ("LARGE", most > MOST),
                                     ("SILENT", verdict != "deny" and coverage != "partial" and name not in HARMLESS)) if when]
        worst |= bool(bad)
        print(f"{name:38} {size / 1e6:8.2f} MB {elapsed:7.2f} s (CPU {busy:5.2f} s) {most:7.1f} MB  {verdict:5} {coverage:8} {' '.join(bad)}",
              flush=True)
    sys.exit(worst)


main()
