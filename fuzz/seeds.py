#!/usr/bin/env python3
"""Writes seeds into corpus/: the examples of the credential formats, and keys and archives made on the spot.

Beside Python it uses openssl, ssh-keygen, puttygen, zip, zstd, xz, 7z and tar, as far as they are there.
"""

import base64
import bz2
import gzip
import io
import pathlib
import shutil
import struct
import subprocess
import tarfile
import tempfile
import tomllib
import zipfile

HERE = pathlib.Path(__file__).parent
RULES = HERE.parent / "rules" / "secrets"
FORMATS = ["zip", "tar", "gz", "xz", "zst", "bz2", "7z"]
MEND = 0x80
DRESSES = ["", "pkcs1", "pkcs8", "encrypted", "openssh", "putty", "jwt", "base64", "pypi", "gitlab"]
PATHS = 8


class Corpus:
    def __init__(self, target, first=True):
        self.folder = HERE / "corpus" / target
        self.first = first
        self.folder.mkdir(parents=True, exist_ok=True)
        self.count = 0

    def add(self, first, data):
        (self.folder / f"seed-{self.count:05}").write_bytes((bytes([first]) if self.first else b"") + data)
        self.count += 1


def run(*command, data=None):
    """What a command prints, or nothing if it is not there or fails."""
    if shutil.which(command[0]) is None:
        print("not installed:", command[0])
        return b""
    return subprocess.run(command, input=data, capture_output=True, check=False).stdout


def examples():
    for file in sorted(RULES.glob("*.toml")):
        for entry in tomllib.loads(file.read_text()).get("format", []):
            for example in entry.get("positive", []) + entry.get("negative", []):
                if isinstance(example, str):
                    yield example.replace("‖", "").encode()


def keys(folder):
    """Private keys and certificates, in PEM and in every other form."""
    pem = lambda *args: run("openssl", *args)
    yield pem("genrsa", "-traditional", "1024")
    yield pem("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024")
    yield pem("genpkey", "-algorithm", "RSA", "-aes128", "-pass", "pass:x", "-pkeyopt", "rsa_keygen_bits:1024")
    yield pem("genpkey", "-algorithm", "ED25519")
    for curve in ["prime256v1", "secp384r1", "secp521r1", "secp256k1"]:
        yield pem("ecparam", "-genkey", "-noout", "-name", curve)
        yield pem("genpkey", "-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:{curve}")
    for kind, days in [("rsa:1024", 30), ("ec", 20000)]:
        curve = ["-pkeyopt", "ec_paramgen_curve:P-256"] if kind == "ec" else []
        key = str(folder / "key")
        yield pem("req", "-x509", "-newkey", kind, *curve, "-nodes", "-keyout", key, "-days", str(days), "-subj", "/CN=a")
    for kind, phrase in [("rsa", ""), ("ed25519", ""), ("ecdsa", ""), ("ed25519", "x")]:
        path = folder / f"ssh-{kind}-{phrase}"
        run("ssh-keygen", "-q", "-t", kind, "-N", phrase, "-f", str(path))
        yield path.read_bytes()
        # `puttygen` reads a passphrase from a file only.
        (folder / "phrase").write_text(phrase)
        for version in ["2", "3"]:
            phrases = ["--old-passphrase", str(folder / "phrase"), "--new-passphrase", str(folder / "phrase")]
            yield run("puttygen", str(path), *phrases, "-O", "private", "-o", "/dev/stdout", "--ppk-param", f"version={version}")


def body(pem):
    lines = [line for line in pem.decode(errors="replace").splitlines() if line and "-" not in line and ":" not in line]
    return base64.b64decode("".join(lines))


def checks(folder):
    corpus = Corpus("checks")
    for example in examples():
        corpus.add(0, example)
        # The value alone, as a check gets it.
        for word in example.replace(b'"', b" ").replace(b"'", b" ").replace(b"=", b" ").split():
            if len(word) > 15:
                corpus.add(0, word)
    labels = {
        b"BEGIN RSA": "pkcs1", b"BEGIN EC": "pkcs1", b"BEGIN PRIVATE": "pkcs8",
        b"BEGIN ENCRYPTED": "encrypted", b"BEGIN CERT": "", b"BEGIN OPENSSH": "openssh",
    }
    for key in filter(None, keys(folder)):
        corpus.add(0, key)
        corpus.add(0, key.replace(b"\n", b"\\n"))
        for label, dress in labels.items():
            if label in key:
                head = b"openssh-key-v1\0" if dress == "openssh" else b""
                corpus.add(DRESSES.index(dress), body(key).removeprefix(head))
    wire = b"".join(struct.pack(">I", len(part)) + part for part in [b"ssh-rsa", b"\1\0\1", b"\x55" * 64])
    corpus.add(DRESSES.index("putty"), wire)
    for claims in [b'{"sub":"1234567890","iat":1}', b'{"role":"anon","aud":["a"]}', b'{"iss":"joe","exp":9e99}']:
        corpus.add(DRESSES.index("jwt"), b'{"alg":"HS256","kid":"1","typ":"JWT"}\0' + claims)
    for text in [b"alice:zuruyi42", b"bob:password", b"123456789012345678", bytes(range(40))]:
        corpus.add(DRESSES.index("base64"), text)
    corpus.add(DRESSES.index("pypi"), b"\2\1\x08pypi.org\2\x24" + bytes(24))
    lines = b"o:1\ng:2f\np:3\nu:6\nx:7"
    corpus.add(DRESSES.index("gitlab"), bytes(16) + lines + bytes([len(lines)]))
    return corpus.count


def matcher():
    corpus = Corpus("matcher")
    for at, example in enumerate(examples()):
        corpus.add(at % PATHS, example)
        if at % 5 == 0:
            corpus.add(at % PATHS, b"\xff\xfe" + example.decode().encode("utf-16-le"))
            corpus.add(1, b"data:\n  a: " + base64.b64encode(example) + b"\n")
    return corpus.count


FILES = {"a.txt": b"some text in a file\n" * 20, "conf/b.json": b'{"a": 1}', "empty": b"", "é/long" * 20: b"x" * 3000}


def zips():
    for method in [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", method) as archive:
            for name, data in FILES.items():
                archive.writestr(name, data)
            archive.mkdir("folder")
            archive.comment = b"a comment"
        yield out.getvalue()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive, archive.open("big", "w", force_zip64=True) as file:
        file.write(b"zip64")
    yield out.getvalue()


class Stream(io.RawIOBase):
    """A place to write to that cannot go back: a zip then says sizes behind the data."""

    def __init__(self):
        self.data = b""

    def writable(self):
        return True

    def write(self, data):
        self.data += bytes(data)
        return len(data)


def streamed_zip():
    out = Stream()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", FILES["a.txt"])
    return out.data


def tars():
    for kind in [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]:
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=kind) as archive:
            for name, data in FILES.items():
                name = name if kind != tarfile.USTAR_FORMAT else name[:90]
                info = tarfile.TarInfo(name)
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
            for kind_of_file in [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE]:
                info = tarfile.TarInfo("other")
                info.type, info.linkname = kind_of_file, "a.txt"
                archive.addfile(info)
        yield out.getvalue()


def by_tools(folder):
    """What only tools make: name of the format, and the archive."""
    root = folder / "files"
    for name, data in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    with open(root / "sparse", "wb") as sparse:
        sparse.seek(40_000)
        sparse.write(b"end")
    yield "tar", run("tar", "-cS", "-C", str(root), "--format=gnu", "sparse", "a.txt")
    yield "tar", run("tar", "-cS", "-C", str(root), "--format=posix", "sparse", "a.txt")
    yield "zip", run("zip", "-q", "-j", "-P", "x", "-", str(root / "a.txt"))
    text = FILES["a.txt"] * 5
    for check in ["none", "crc32", "crc64", "sha256"]:
        yield "xz", run("xz", "-c", f"--check={check}", data=text)
    for chain in ["--x86", "--arm", "--powerpc", "--ia64", "--sparc", "--delta=dist=3"]:
        yield "xz", run("xz", "-c", chain, "--lzma2=dict=4KiB", data=text)
    yield "xz", run("xz", "-c", "--block-size=1000", data=text)
    yield "xz", run("xz", "-c", data=text) + run("xz", "-c", data=b"second")
    for level in ["-1", "-19", "--fast=5", "--no-check"]:
        yield "zst", run("zstd", "-c", "-q", level, data=text)
    skippable = struct.pack("<II", 0x184D2A50, 3) + b"abc"
    yield "zst", run("zstd", "-c", "-q", data=text) + skippable + run("zstd", "-c", "-q", data=b"second")
    methods = ["LZMA", "LZMA2", "BZip2", "PPMd", "Deflate", "Deflate64", "Copy"]
    options = [[f"-m0={method}"] for method in methods]
    options += [["-m0=LZMA2", "-ms=off"], ["-m0=BCJ", "-m1=LZMA"], ["-m0=Delta:4", "-m1=LZMA2"], ["-m0=BCJ2", "-m1=LZMA", "-m2=LZMA", "-m3=LZMA", "-mb0:1", "-mb0s1:2", "-mb0s2:3"]]
    options += [["-px"], ["-px", "-mhe=on"], ["-mhc=off"]]
    for at, option in enumerate(options):
        path = folder / f"{at}.7z"
        run("7z", "a", "-bd", *option, str(path), str(root))
        if path.exists():
            yield "7z", path.read_bytes()


def archives(folder):
    corpus = Corpus("archives")

    def add(kind, data):
        if data:
            corpus.add(FORMATS.index(kind), data)
            corpus.add(FORMATS.index(kind) | MEND, data)

    packed = [("zip", data) for data in zips()] + [("zip", streamed_zip())] + [("tar", data) for data in tars()]
    packed += [("bz2", bz2.compress(FILES["a.txt"])), ("bz2", bz2.compress(b"a") + bz2.compress(b"b"))]
    header = b"\x1f\x8b\x08\x1e\0\0\0\0\0\3" + struct.pack("<H", 4) + b"AB\0\0name\0comment\0"
    plain = gzip.compress(FILES["a.txt"], mtime=0)
    crc = struct.pack("<H", __import__("zlib").crc32(header) & 0xFFFF)
    packed += [("gz", plain), ("gz", plain + plain), ("gz", header + crc + plain[10:])]
    packed += by_tools(folder)
    for kind, data in packed:
        add(kind, data)
    # Each inside a zip, a tar and a gzip: archives inside archives.
    for kind, data in packed:
        if 0 < len(data) < 3000:
            out = io.BytesIO()
            with zipfile.ZipFile(out, "w") as archive:
                archive.writestr(f"inner.{kind}", data)
                archive.writestr("lib/a.jar", next(zips()))
            add("zip", out.getvalue())
            add("gz", gzip.compress(data, mtime=0))
    return corpus.count


def bundles():
    """Histories as the target `bundle` writes them: what each object is, its length, its bytes."""
    corpus = Corpus("bundle", first=False)
    part = lambda op, data: bytes([op, min(len(data), 255)]) + data[:255]
    tree = lambda *entries: part(3, bytes(number for entry in entries for number in entry))
    for at, example in enumerate(list(examples())[::40]):
        blob = example[:200] + b"\n"
        copied = struct.pack("<H", len(blob) + 3) + bytes([0x90, len(blob), 3]) + b"abc"
        delta = [part(8, copied), part(9, copied), part(7, copied)][at % 3]
        tagged = part(6, b"object " + b"0" * 40 + b"\ntype commit\ntag v\n\n" + example[:100])
        # Blob, tree, commit, a second version as a delta, its tree and a commit with a parent.
        first = part(0, blob) + tree((0, 0), (2, 0)) + part(4, bytes([1]) + example[:200])
        second = part(0, blob) + delta + tree((0, 4), (1, 1)) + part(64, bytes([5, 2, 9, 7]))
        corpus.add(0, first)
        corpus.add(0, first + second)
        corpus.add(0, first + second + tagged + part(11, blob) + part(251, example[:250]))
        corpus.add(0, part(0, zips_of(example)) + tree((0, 0)) + part(4, b"\0"))
    return corpus.count


def zips_of(data):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a", data[:100])
    return out.getvalue()


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        print("matcher", matcher(), "checks", checks(folder), "archives", archives(folder), "bundle", bundles())


main()
